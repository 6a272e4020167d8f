import { resolve } from "node:path";
import { synthesise } from "#local/synth.ts";

/** Where the templates of the local environment stand during a test run. */
export const ASSEMBLY = resolve(".yimen/test/cdk.out");

export const setup = (): Promise<void> => synthesise("local", ASSEMBLY);
