import { App, Tags, Validations } from "aws-cdk-lib";
import { AwsSolutionsChecks } from "cdk-nag";
import { type EnvironmentConfig, environments, local } from "./config.ts";
import { DataStack } from "./stacks/data-stack.ts";
import { addServiceStacks } from "./stacks/service-stacks.ts";

const addEnvironment = (app: App, config: EnvironmentConfig): void => {
  const env = { region: config.region, ...(config.account && { account: config.account }) };
  const data = new DataStack(app, `yimen-${config.name}-data`, { config, env });
  addServiceStacks(app, { config, env, data });
};

/** `-c environment=NAME` picks one; without it, every environment that is deployed. */
const app = new App();
const wanted: unknown = app.node.tryGetContext("environment");
const chosen = [...environments, local].filter(({ name }) => (wanted ? name === wanted : name !== local.name));
if (chosen.length === 0) throw new Error(`no environment is called ${String(wanted)}; see infra/config.ts`);
for (const config of chosen) addEnvironment(app, config);
Tags.of(app).add("application", "yimen");
Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
app.synth();
