/** What differs between deployments. A deployment is an environment (dev, prod, ...), never a stage. */
export interface EnvironmentConfig {
  readonly name: string;
  readonly region: string;
  /** Left out: the account of whoever deploys. */
  readonly account?: string;
  /** Keeps tables and buckets when the stack is destroyed, and refuses to delete them by hand. */
  readonly retainData: boolean;
  /** Web origins whose pages may call the API. */
  readonly allowedOrigins: readonly string[];
  /** "warn" also registers organisations whose early credit code (GB 32100) has a wrong check character; refused unless told. */
  readonly usccCheck?: "strict" | "warn";
  /** Hosts or CIDR ranges on a government network to which webhooks may be sent although they are not public; `:port[,port]` names ports other than 443 and 8443. */
  readonly privateWebhookHosts: readonly string[];
  /** Where an officer opens a case, its id appended; without it, cards lead to the API's reference. */
  readonly worklistUrl?: string;
  /** How often people are told, where it is not as usual: see functions/notifications/deployed-pace.ts. */
  readonly pace?: {
    readonly quiet?: { readonly from: number; readonly to: number } | null;
    readonly avoidedMinutes?: readonly number[];
    readonly gapSeconds?: number;
  };
  /**
   * What looks for malware in uploaded files, besides the reading through of their content that always happens: Amazon
   * GuardDuty (not in China), or a daemon that speaks ClamAV's protocol on a network of the city's. "inspection-only" is for
   * one machine.
   */
  readonly scanner:
    | "guardduty"
    | "inspection-only"
    | {
        /** host:port */
        readonly clamd: string;
        readonly subnetIds: readonly string[];
        readonly securityGroupIds: readonly string[];
      };
  /** Who is written to when an alarm goes off. */
  readonly alarmEmails: readonly string[];
  /** What a document parcel costs, in fen, by how far it goes; `assumed` until the city's contract with its carriers is entered. */
  readonly carriage: Carriage;
  /**
   * What the city decides within the law, in working days, where it is not as usual. What each is, and how many are usual:
   * functions/applications/domain/settings.ts.
   */
  readonly cases?: {
    readonly correctionDays?: number;
    readonly deferDays?: number;
    readonly verifyDays?: number;
    readonly payDays?: number;
    readonly nearDays?: number;
  };
  readonly parcels: {
    /** After how many working days of silence a parcel, and of lying about a paid one, is somebody's task. */
    readonly quietWorkingDays: number;
    readonly unsentWorkingDays: number;
    /** Days after a shipment's end until its address and the carriers' words are erased; the proof of delivery stays. */
    readonly addressKeptDays: number;
  };
}

interface Rates {
  readonly city: number;
  readonly province: number;
  readonly country: number;
}

interface Carriage {
  readonly assumed: boolean;
  readonly default: Rates;
  /** By the carrier's code in shared/contracts/http/logistics.ts. */
  readonly carriers?: Readonly<Record<string, Rates>>;
}

const defaults = {
  retainData: true,
  allowedOrigins: [],
  privateWebhookHosts: [],
  alarmEmails: [],
  carriage: {
    assumed: true,
    default: { city: 1000, province: 1200, country: 2000 },
    carriers: { sf: { city: 1200, province: 1300, country: 2300 } },
  },
  parcels: { quietWorkingDays: 3, unsentWorkingDays: 3, addressKeptDays: 90 },
} as const satisfies Partial<EnvironmentConfig>;

export const environments: readonly EnvironmentConfig[] = [
  { ...defaults, name: "prod", region: "us-east-1", scanner: "guardduty" },
  {
    ...defaults,
    name: "prod-cn",
    region: "cn-northwest-1",
    // To be replaced by the daemon's address and the network it is reached from: docs/deployment.md, "An environment".
    scanner: {
      clamd: "clamd.internal:3310",
      subnetIds: ["subnet-00000000000000000"],
      securityGroupIds: ["sg-00000000000000000"],
    },
  },
];

/** The same stacks on one machine, run by local/cloud; never deployed. */
export const local: EnvironmentConfig = {
  ...defaults,
  name: "local",
  region: "us-east-1",
  account: "000000000000",
  retainData: false,
  allowedOrigins: ["*"],
  privateWebhookHosts: ["127.0.0.1:*"],
  // Nobody sleeps here, and whoever tries it does not want to wait.
  pace: { quiet: null, avoidedMinutes: [], gapSeconds: 20 },
  scanner: "inspection-only",
};
