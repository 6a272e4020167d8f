import { crc32, deflateRawSync } from "node:zlib";
import iconv from "iconv-lite";

/** A zip of one deflated file whose name is GBK, as bills of Alipay and UnionPay are. */
export const zipOf = (name: string, content: Buffer): Buffer => {
  const packed = deflateRawSync(content);
  const raw = iconv.encode(name, "gbk");
  const common = Buffer.alloc(26);
  common.writeUInt16LE(20, 0);
  common.writeUInt16LE(8, 4);
  common.writeUInt32LE(crc32(content), 10);
  common.writeUInt32LE(packed.byteLength, 14);
  common.writeUInt32LE(content.byteLength, 18);
  common.writeUInt16LE(raw.byteLength, 22);
  const local = Buffer.concat([Buffer.from("504b0304", "hex"), common, raw, packed]);
  const directory = Buffer.concat([Buffer.from("504b01021400", "hex"), common, Buffer.alloc(14), raw]);
  const end = Buffer.alloc(22);
  end.writeUInt32LE(0x06054b50, 0);
  end.writeUInt16LE(1, 8);
  end.writeUInt16LE(1, 10);
  end.writeUInt32LE(directory.byteLength, 12);
  end.writeUInt32LE(local.byteLength, 16);
  return Buffer.concat([local, directory, end]);
};
