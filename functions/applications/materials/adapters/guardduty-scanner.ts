import { GetObjectTaggingCommand, type S3Client } from "@aws-sdk/client-s3";
import type { Scanner, ScanVerdict } from "../domain/ports.ts";

/** Amazon GuardDuty, "Monitoring S3 object scans with tags"; the status of the finding event is the same. */
const TAG = "GuardDutyMalwareScanStatus";
const verdicts: Readonly<Record<string, ScanVerdict>> = {
  NO_THREATS_FOUND: "clean",
  THREATS_FOUND: "malware",
  // Password-protected, too deep, too large: what it could not read through.
  UNSUPPORTED: "unreadable",
};

/**
 * Malware Protection for S3 looks at every object in quarantine by itself, tags it with what it found and then says so on the
 * default bus, which wakes the consumer again. Until the tag is there the answer is "pending". ACCESS_DENIED and FAILED throw:
 * somebody has to look. Not in aws-cn.
 */
export const guarddutyScanner = (client: S3Client, bucket: string): Scanner => ({
  async scan(id) {
    const { TagSet = [] } = await client.send(new GetObjectTaggingCommand({ Bucket: bucket, Key: `quarantine/${id}` }));
    const status = TagSet.find(({ Key }) => Key === TAG)?.Value;
    if (status === undefined) return "pending";
    const verdict = verdicts[status];
    if (!verdict) throw new Error(`GuardDuty could not scan: ${status}`);
    return verdict;
  },
});
