import type { TemplateValue } from "./assembly.ts";
import { CloudError } from "./cloud-error.ts";
import type { Deployment } from "./deployment.ts";

/** One thing a caller wants to do to one resource. */
export interface Need {
  action: string;
  resource: string;
}

/** What conditions may look at; a condition on anything else is an error when the cloud starts. */
type ConditionContext = Partial<Record<(typeof knownKeys)[number], string>>;
const knownKeys = ["aws:SecureTransport", "aws:SourceArn", "aws:SourceAccount", "aws:PrincipalAccount"] as const;

interface Pattern {
  text: string;
  matches: (value: string) => boolean;
}

interface Statement {
  deny: boolean;
  actions: Pattern[];
  resources: Pattern[];
  applies: (context: ConditionContext) => boolean;
  /** For a resource policy: which service may do this; undefined for any. */
  services: string[] | undefined;
  used: Set<string>;
}

/** Policy statements that decide together. */
export interface Policy {
  /** True when an Allow matches and no Deny does. Marks what matched as used. */
  allows(need: Need, context?: ConditionContext, service?: string): boolean;
  /** Action and resource pairs that have not let any call through. */
  unused(): Need[];
}

const list = (value: TemplateValue): TemplateValue[] =>
  value === undefined ? [] : Array.isArray(value) ? value : [value];

/** A pattern with * and ? as in IAM; `*` alone matches everything. */
export const iamPattern = (text: string, ignoreCase = false): Pattern => {
  if (text === "*") return { text, matches: () => true };
  const source = text
    .replace(/[.+^${}()|[\]\\]/g, "\\$&")
    .replaceAll("*", ".*")
    .replaceAll("?", ".");
  const expression = new RegExp(`^${source}$`, ignoreCase ? "is" : "s");
  return /[*?]/.test(text) || ignoreCase
    ? { text, matches: (value) => expression.test(value) }
    : { text, matches: (value) => value === text };
};

const operators: Record<string, (wanted: string) => (actual: string) => boolean> = {
  StringEquals: (wanted) => (actual) => actual === wanted,
  StringLike: (wanted) => iamPattern(wanted).matches,
  ArnEquals: (wanted) => iamPattern(wanted).matches,
  ArnLike: (wanted) => iamPattern(wanted).matches,
  Bool: (wanted) => (actual) => actual === String(wanted),
};

const compileCondition = (condition: TemplateValue, where: string): ((context: ConditionContext) => boolean) => {
  const tests: ((context: ConditionContext) => boolean)[] = [];
  for (const [operator, keys] of Object.entries<TemplateValue>(condition ?? {})) {
    const make = operators[operator];
    if (!make) throw new CloudError(`This cloud does not know the IAM condition operator ${operator} (in ${where}).`);
    for (const [key, wanted] of Object.entries<TemplateValue>(keys)) {
      const known = knownKeys.find((name) => name.toLowerCase() === key.toLowerCase());
      if (!known) throw new CloudError(`This cloud does not know the IAM condition key ${key} (in ${where}).`);
      const alternatives = list(wanted).map((value) => make(String(value)));
      tests.push((context) => {
        const actual = context[known];
        return actual !== undefined && alternatives.some((matches) => matches(actual));
      });
    }
  }
  return (context) => tests.every((holds) => holds(context));
};

const compileStatement = (statement: TemplateValue, where: string): Statement => {
  for (const unknown of ["NotAction", "NotResource", "NotPrincipal"])
    if (unknown in statement) throw new CloudError(`This cloud does not know ${unknown} in a policy (in ${where}).`);
  const principal = statement.Principal;
  const anyone = principal === undefined || principal === "*" || principal.AWS !== undefined;
  return {
    deny: statement.Effect === "Deny",
    actions: list(statement.Action).map((action) => iamPattern(String(action), true)),
    resources: list(statement.Resource).map((resource) => iamPattern(String(resource))),
    applies: compileCondition(statement.Condition, where),
    services: anyone ? undefined : list(principal.Service).map(String),
    used: new Set(),
  };
};

/**
 * Compiles policy documents. `where` names their owner in errors.
 * @throws CloudError for policy elements, condition operators or keys that this cloud does not know
 */
export const compilePolicy = (documents: readonly TemplateValue[], where: string): Policy => {
  const statements = documents.flatMap((document) =>
    list(document.Statement).map((statement) => compileStatement(statement, where)),
  );
  const remembered = new Map<string, boolean>();
  const decide = (need: Need, context: ConditionContext, service: string | undefined): boolean => {
    let allowed = false;
    for (const statement of statements) {
      if (service && statement.services && !statement.services.includes(service)) continue;
      const action = statement.actions.find((pattern) => pattern.matches(need.action));
      const resource = action && statement.resources.find((pattern) => pattern.matches(need.resource));
      if (!action || !resource || !statement.applies(context)) continue;
      if (statement.deny) return false;
      statement.used.add(`${action.text} ${resource.text}`);
      allowed = true;
    }
    return allowed;
  };
  return {
    allows: (need, context = { "aws:SecureTransport": "true" }, service) => {
      // The hot path asks the same few questions again and again.
      const key = `${need.action} ${need.resource} ${service ?? ""} ${context["aws:SourceArn"] ?? ""}`;
      let answer = remembered.get(key);
      if (answer === undefined) {
        answer = decide(need, context, service);
        if (remembered.size < 1000) remembered.set(key, answer);
      }
      return answer;
    },
    unused: () =>
      statements
        .filter((statement) => !statement.deny)
        .flatMap((statement) =>
          statement.actions.flatMap((action) =>
            statement.resources
              .filter((resource) => !statement.used.has(`${action.text} ${resource.text}`))
              .map((resource) => ({ action: action.text, resource: resource.text })),
          ),
        ),
  };
};

/** AWS's own policies that a role may carry: they let a function write logs, which needs no right here. */
const logPolicies = ["AWSLambdaBasicExecutionRole"];

/**
 * The policies of every role of the deployment, by role ARN.
 * @throws CloudError for a managed policy that this cloud does not know
 */
export const rolePolicies = (deployment: Deployment): Map<string, Policy> => {
  const { account, partition } = deployment.place;
  const documents = new Map<string, TemplateValue[]>();
  const managed = new Map<string, TemplateValue>();
  for (const role of deployment.ofType("AWS::IAM::Role"))
    documents.set(
      role.physicalId,
      list(role.properties.Policies).map((policy) => policy.PolicyDocument),
    );
  for (const policy of deployment.ofType("AWS::IAM::Policy", "AWS::IAM::ManagedPolicy")) {
    if (policy.type === "AWS::IAM::ManagedPolicy")
      managed.set(`arn:${partition}:iam::${account}:policy/${policy.physicalId}`, policy.properties.PolicyDocument);
    for (const role of list(policy.properties.Roles)) documents.get(role)?.push(policy.properties.PolicyDocument);
  }
  for (const role of deployment.ofType("AWS::IAM::Role")) {
    for (const attached of list(role.properties.ManagedPolicyArns)) {
      const document = managed.get(attached);
      if (document) documents.get(role.physicalId)?.push(document);
      else if (!logPolicies.some((name) => String(attached).endsWith(`/${name}`)))
        throw new CloudError(
          `This cloud does not know the managed policy ${attached} (of ${role.logicalId} in ${role.stack}).`,
        );
    }
  }
  return new Map(
    [...documents].map(([role, own]) => [`arn:${partition}:iam::${account}:role/${role}`, compilePolicy(own, role)]),
  );
};
