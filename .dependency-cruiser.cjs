/** The house rules of who may look at whom; see docs/decisions/0001-layout-and-dependencies.md. */
module.exports = {
  forbidden: [
    {
      name: "domain-is-pure",
      severity: "error",
      from: { path: "^functions/.+/domain/" },
      to: { pathNot: ["^functions/.+/domain/", "^shared/kernel"] },
    },
    {
      name: "kernel-is-pure",
      severity: "error",
      from: { path: "^shared/kernel" },
      to: { pathNot: ["^shared/kernel", "^node_modules/(ulid|chinese-days)/", "^(node:)?crypto$"] },
    },
    {
      name: "contracts-are-schemas-only",
      severity: "error",
      from: { path: "^shared/contracts" },
      to: { pathNot: ["^shared/(contracts|kernel)", "^node_modules/zod/"] },
    },
    {
      name: "no-cross-capability",
      severity: "error",
      from: { path: "^functions/([^/]+)/" },
      to: { path: "^functions/", pathNot: "^functions/$1/" },
    },
    {
      name: "shared-never-looks-up",
      severity: "error",
      from: { path: "^shared/" },
      to: { path: "^(functions|infra|local|test|bench)/" },
    },
    {
      name: "infra-sees-only-contracts",
      severity: "error",
      from: { path: "^infra/" },
      to: { path: "^(functions|shared/runtime|local|test)/" },
    },
    {
      name: "local-cloud-knows-no-application",
      severity: "error",
      from: { path: "^local/cloud/" },
      to: { path: "^(functions|shared|infra|test|local/(?!cloud/))" },
    },
    {
      name: "outside-world-speaks-only-protocols",
      comment: "The outside systems see what a stranger sees: public contracts, never the platform's code.",
      severity: "error",
      from: { path: "^local/outside/" },
      to: { path: "^(functions|infra|test|shared/runtime|local/(?!outside/))" },
    },
    {
      name: "product-never-needs-the-local-cloud",
      severity: "error",
      from: { path: "^(functions|shared|infra)/" },
      to: { path: "^(local|test|bench)/" },
    },
    { name: "no-circular", severity: "error", from: {}, to: { circular: true } },
  ],
  options: {
    doNotFollow: { path: "node_modules" },
    exclude: { path: "cdk.out" },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: "tsconfig.json" },
    enhancedResolveOptions: {
      exportsFields: ["exports"],
      conditionNames: ["import", "default"],
      extensions: [".ts", ".js", ".mjs"],
    },
  },
};
