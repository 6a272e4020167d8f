import { routes } from "#shared/contracts/http/index.ts";
import { pages } from "#shared/contracts/http/platform.ts";
import { requestRefusals } from "#shared/contracts/http/problems.ts";
import type { Route } from "#shared/contracts/http/route.ts";
import { type HttpRequest, type HttpResponse, problem } from "#shared/runtime/endpoint.ts";

const addresses: readonly Pick<Route, "method" | "path">[] = [
  ...Object.values(routes).flat(),
  ...Object.values(pages).map((path) => ({ method: "GET" as const, path })),
];

const matches = ({ path }: Pick<Route, "path">, rawPath: string): boolean => {
  const wanted = path.split("/");
  const given = rawPath.split("/");
  return (
    wanted.length === given.length &&
    wanted.every((part, i) => (part.startsWith("{") ? given[i] !== "" : part === given[i]))
  );
};

/** No route took the request: the address is wrong, or only the method is. */
export const answerOtherwise = async (request: HttpRequest): Promise<HttpResponse> => {
  const here = addresses.filter((address) => matches(address, request.rawPath));
  if (here.length === 0) return problem(request, "request.not-found", requestRefusals["request.not-found"]);
  const allow = here.map(({ method }) => method).join(", ");
  return problem(request, "request.method-not-allowed", requestRefusals["request.method-not-allowed"], {
    headers: { allow },
  });
};
