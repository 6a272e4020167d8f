import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { CloudError } from "./cloud-error.ts";

/** A value in a template: plain JSON, or an intrinsic such as {"Ref": "X"}. */
// biome-ignore lint/suspicious/noExplicitAny: templates are arbitrary JSON, checked where each property is read
export type TemplateValue = any;

export interface TemplateResource {
  Type: string;
  Properties?: Record<string, TemplateValue>;
  Condition?: string;
  Metadata?: Record<string, TemplateValue>;
}

/** A CloudFormation template, as far as this cloud reads it. */
export interface Template {
  Resources: Record<string, TemplateResource>;
  Parameters?: Record<string, { Type: string; Default?: string }>;
  Conditions?: Record<string, TemplateValue>;
  Mappings?: Record<string, Record<string, Record<string, TemplateValue>>>;
  Outputs?: Record<string, { Value: TemplateValue; Export?: { Name: TemplateValue }; Condition?: string }>;
}

/** One stack of a cloud assembly: its template, and the directory of every asset by its S3 object key. */
export interface AssembledStack {
  name: string;
  template: Template;
  assets: ReadonlyMap<string, string>;
}

const readJson = (path: string): TemplateValue => {
  try {
    return JSON.parse(readFileSync(path, "utf8"));
  } catch (cause) {
    throw new CloudError(`Cannot read ${path}: run "npm run synth" first.`, { cause });
  }
};

interface StackArtifact {
  readonly name: string;
  readonly templateFile: string;
  readonly dependencies: readonly string[];
}

const stacksOf = (directory: string): StackArtifact[] => {
  const manifestPath = join(directory, "manifest.json");
  if (!existsSync(manifestPath)) return [];
  const { artifacts = {} } = readJson(manifestPath);
  return Object.entries<TemplateValue>(artifacts).flatMap(([id, artifact]) => {
    const { templateFile, stackName, directoryName } = artifact.properties ?? {};
    if (artifact.type === "cdk:cloud-assembly") return stacksOf(join(directory, directoryName));
    if (artifact.type !== "aws:cloudformation:stack") return [];
    return [
      {
        name: stackName ?? id,
        templateFile: join(directory, templateFile),
        dependencies: artifact.dependencies ?? [],
      },
    ];
  });
};

/** All stacks of a synthesised cloud assembly, each after those it depends on. */
export const stacksIn = (assembly: string): string[] => {
  const stacks = new Map(stacksOf(assembly).map((stack) => [stack.name, stack]));
  const ordered = new Set<string>();
  const add = (name: string): void => {
    for (const dependency of stacks.get(name)?.dependencies ?? []) if (stacks.has(dependency)) add(dependency);
    ordered.add(name);
  };
  for (const name of stacks.keys()) add(name);
  return [...ordered];
};

const templateFileOf = (directory: string, stack: string): string | undefined => {
  const plain = join(directory, `${stack}.template.json`);
  return (
    stacksOf(directory).find(({ name }) => name === stack)?.templateFile ?? (existsSync(plain) ? plain : undefined)
  );
};

const assetsBeside = (templateFile: string): Map<string, string> => {
  const assets = new Map<string, string>();
  const directory = join(templateFile, "..");
  const file = templateFile.replace(/\.template\.json$/, ".assets.json");
  if (!existsSync(file)) return assets;
  for (const asset of Object.values<TemplateValue>(readJson(file).files ?? {})) {
    for (const destination of Object.values<TemplateValue>(asset.destinations ?? {}))
      if (asset.source?.path) assets.set(destination.objectKey, join(directory, asset.source.path));
  }
  return assets;
};

/**
 * Reads one stack of a synthesised cloud assembly (`cdk.out`).
 * @throws CloudError when the assembly or the stack is not there
 */
export const readStack = (assembly: string, stack: string): AssembledStack => {
  const file = templateFileOf(assembly, stack);
  if (!file) throw new CloudError(`There is no stack ${stack} in ${assembly}: run "npm run synth" first.`);
  return { name: stack, template: readJson(file), assets: assetsBeside(file) };
};
