import type { AssembledStack, TemplateResource, TemplateValue } from "./assembly.ts";
import { CloudError } from "./cloud-error.ts";
import type { Place, RunningFacts } from "./place.ts";
import { attributeOf, ignoredTypes, physicalNameOf, referenceTo, resourceTypes } from "./resource-types.ts";

/** A resource with everything in its properties resolved. */
export interface Resource {
  logicalId: string;
  stack: string;
  type: string;
  physicalId: string;
  /** Its construct path, from CDK's metadata. */
  path?: string;
  /** Resolved when first read. */
  readonly properties: Record<string, TemplateValue>;
}

/** All resources of the stacks, by type, and the values that templates refer to. */
export interface Deployment {
  place: Place;
  ofType(...types: string[]): Resource[];
  outputs(): Record<string, string>;
  /** Local directory of a function's code asset. */
  assetDirectory(stack: string, objectKey: string): string | undefined;
}

const noValue = Symbol("AWS::NoValue");

const isIntrinsic = (value: Record<string, TemplateValue>): [string, TemplateValue] | undefined => {
  const keys = Object.keys(value);
  const key = keys[0];
  return keys.length === 1 && key && (key === "Ref" || key === "Condition" || key.startsWith("Fn::"))
    ? [key, value[key]]
    : undefined;
};

/**
 * Resolves the templates of all stacks together. Nothing is started; what depends on running services is asked of `facts` when read.
 * @throws CloudError for a resource type or an intrinsic function that this cloud does not know
 */
export const deploy = (stacks: readonly AssembledStack[], place: Place, facts: RunningFacts): Deployment => {
  const resources: Resource[] = [];
  const byStack = new Map(stacks.map((stack) => [stack.name, stack]));
  const exportsByName = () => {
    const found = new Map<string, () => TemplateValue>();
    for (const stack of stacks)
      for (const output of Object.values(stack.template.Outputs ?? {}))
        if (output.Export) found.set(String(resolve(stack, output.Export.Name)), () => resolve(stack, output.Value));
    return found;
  };
  let exports: Map<string, () => TemplateValue> | undefined;

  const pseudo = (stack: AssembledStack): Record<string, TemplateValue> => ({
    "AWS::Region": place.region,
    "AWS::AccountId": place.account,
    "AWS::Partition": place.partition,
    "AWS::URLSuffix": place.urlSuffix,
    "AWS::StackName": stack.name,
    "AWS::StackId": `arn:${place.partition}:cloudformation:${place.region}:${place.account}:stack/${stack.name}/local`,
    "AWS::NoValue": noValue,
  });

  const find = (stack: AssembledStack, logicalId: string): TemplateResource => {
    const resource = stack.template.Resources[logicalId];
    if (!resource)
      throw new CloudError(`The template of ${stack.name} refers to ${logicalId}, which it does not hold.`);
    return resource;
  };
  const context = (stack: AssembledStack, logicalId: string) => {
    const resource = find(stack, logicalId);
    const property = (name: string) => resolve(stack, resource.Properties?.[name]);
    return { stack: stack.name, logicalId, type: resource.Type, property, place, facts };
  };

  const reference = (stack: AssembledStack, name: string): TemplateValue => {
    const known = pseudo(stack);
    if (name in known) return known[name];
    const parameter = stack.template.Parameters?.[name];
    if (parameter) {
      if (parameter.Default === undefined)
        throw new CloudError(`Parameter ${name} of ${stack.name} has no default value.`);
      return parameter.Default;
    }
    return referenceTo(context(stack, name));
  };

  const condition = (stack: AssembledStack, value: TemplateValue): boolean => {
    if (typeof value === "string") {
      const named = stack.template.Conditions?.[value];
      if (named === undefined) throw new CloudError(`The template of ${stack.name} has no condition ${value}.`);
      return condition(stack, named);
    }
    const [key, argument] = isIntrinsic(value) ?? ["?", undefined];
    if (key === "Condition") return condition(stack, argument);
    if (key === "Fn::And") return argument.every((part: TemplateValue) => condition(stack, part));
    if (key === "Fn::Or") return argument.some((part: TemplateValue) => condition(stack, part));
    if (key === "Fn::Not") return !condition(stack, argument[0]);
    if (key === "Fn::Equals") return resolve(stack, argument[0]) === resolve(stack, argument[1]);
    throw new CloudError(`This cloud does not know the condition function ${key} (in ${stack.name}).`);
  };

  const substitute = (stack: AssembledStack, argument: TemplateValue): string => {
    const [text, variables] = Array.isArray(argument) ? argument : [argument, {}];
    return String(text).replace(/\$\{(!?)([^}]+)\}/g, (_match, literal: string, name: string) => {
      if (literal) return `\${${name}}`;
      if (name in variables) return String(resolve(stack, variables[name]));
      const dot = name.indexOf(".");
      if (dot < 0) return String(reference(stack, name));
      return String(attributeOf(context(stack, name.slice(0, dot)), name.slice(dot + 1)));
    });
  };

  const intrinsic = (stack: AssembledStack, name: string, argument: TemplateValue): TemplateValue => {
    switch (name) {
      case "Ref":
        return reference(stack, argument);
      case "Fn::GetAtt": {
        const [id, ...rest] = Array.isArray(argument) ? argument : String(argument).split(".");
        return attributeOf(context(stack, id), rest.join("."));
      }
      case "Fn::Join":
        return local(resolve(stack, argument[1]).join(argument[0]));
      case "Fn::Sub":
        return local(substitute(stack, argument));
      case "Fn::Select":
        return resolve(stack, argument[1])[Number(resolve(stack, argument[0]))];
      case "Fn::Split":
        return String(resolve(stack, argument[1])).split(argument[0]);
      case "Fn::If":
        return resolve(stack, condition(stack, argument[0]) ? argument[1] : argument[2]);
      case "Fn::ImportValue": {
        exports ??= exportsByName();
        const exported = exports.get(String(resolve(stack, argument)));
        if (!exported)
          throw new CloudError(`No stack exports ${JSON.stringify(argument)}, which ${stack.name} imports.`);
        return exported();
      }
      case "Fn::FindInMap": {
        const [map, first, second] = argument.map((part: TemplateValue) => resolve(stack, part));
        return resolve(stack, stack.template.Mappings?.[map]?.[first]?.[second]);
      }
      case "Fn::Base64":
        return Buffer.from(String(resolve(stack, argument))).toString("base64");
      default:
        throw new CloudError(`This cloud does not know the intrinsic function ${name} (in ${stack.name}).`);
    }
  };

  /** An execute-api address is this machine's; {{resolve:secretsmanager:...}} is the secret's value. */
  const local = (text: string): string =>
    text
      .replace(/https:\/\/[a-z0-9]{10}\.execute-api\.[a-z0-9-]+\.[a-z.]+[a-z]/g, () => facts.apiUrl())
      .replace(
        /\{\{resolve:secretsmanager:(arn:[^:]+:[^:]+:[^:]*:[^:]*:secret:[^:}]+):SecretString:([^:}]*):*\}\}/g,
        (_m, arn, key) => facts.secretValue(arn, key || undefined),
      );

  const resolve = (stack: AssembledStack, value: TemplateValue): TemplateValue => {
    if (Array.isArray(value)) return value.map((item) => resolve(stack, item)).filter((item) => item !== noValue);
    if (typeof value === "string") return local(value);
    if (value === null || typeof value !== "object") return value;
    const found = isIntrinsic(value);
    if (found && found[0] !== "Condition") return intrinsic(stack, found[0], found[1]);
    return Object.fromEntries(
      Object.entries(value)
        .map(([key, item]) => [key, resolve(stack, item)] as const)
        .filter(([, item]) => item !== noValue),
    );
  };

  for (const stack of stacks) {
    for (const [logicalId, resource] of Object.entries(stack.template.Resources)) {
      if (resource.Condition && !condition(stack, resource.Condition)) continue;
      if (ignoredTypes.has(resource.Type)) continue;
      if (!resourceTypes[resource.Type])
        throw new CloudError(
          `This cloud does not know the resource type ${resource.Type} (${logicalId} in ${stack.name}).`,
        );
      let properties: Record<string, TemplateValue> | undefined;
      const path = resource.Metadata?.["aws:cdk:path"];
      resources.push({
        logicalId,
        stack: stack.name,
        type: resource.Type,
        get physicalId() {
          return physicalNameOf(context(stack, logicalId));
        },
        ...(path === undefined ? {} : { path }),
        get properties() {
          properties ??= resolve(stack, resource.Properties ?? {}) as Record<string, TemplateValue>;
          return properties;
        },
      });
    }
  }

  return {
    place,
    ofType: (...types) => resources.filter((resource) => types.includes(resource.type)),
    outputs: () =>
      Object.fromEntries(
        stacks.flatMap((stack) =>
          Object.entries(stack.template.Outputs ?? {})
            .filter(([, output]) => !output.Condition || condition(stack, output.Condition))
            .map(([name, output]) => [name, String(resolve(stack, output.Value))]),
        ),
      ),
    assetDirectory: (stack, objectKey) => byStack.get(stack)?.assets.get(objectKey),
  };
};
