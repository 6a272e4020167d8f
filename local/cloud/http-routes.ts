/** A route of an HTTP API. */
export interface Route<T> {
  /** As in the template: "GET /cases/{id}", "ANY /x/{proxy+}" or "$default". */
  key: string;
  method: string;
  segments: string[];
  value: T;
}

/** What matched a request. */
export interface RouteMatch<T> {
  route: Route<T>;
  pathParameters: Record<string, string>;
}

/** Reads a route key. */
export const parseRoute = <T>(key: string, value: T): Route<T> => {
  if (key === "$default") return { key, method: "$default", segments: [], value };
  const [method = "", path = "/"] = key.split(" ");
  return { key, method, segments: path.split("/").slice(1), value };
};

const isGreedy = (segment: string) => segment.startsWith("{") && segment.endsWith("+}");
const isParameter = (segment: string) => segment.startsWith("{") && segment.endsWith("}");

const matchPath = (route: Route<unknown>, parts: string[]): Record<string, string> | undefined => {
  const parameters: Record<string, string> = {};
  for (const [index, segment] of route.segments.entries()) {
    const part = parts[index];
    if (isGreedy(segment)) {
      const rest = parts.slice(index).join("/");
      if (rest === "") return undefined;
      parameters[segment.slice(1, -2)] = rest;
      return parameters;
    }
    if (part === undefined) return undefined;
    if (isParameter(segment)) {
      if (part === "") return undefined;
      parameters[segment.slice(1, -1)] = part;
    } else if (segment !== part) return undefined;
  }
  return route.segments.length === parts.length ? parameters : undefined;
};

/** Lower sorts first, position by position: literal text, then {name}, then {name+}; a method of its own before ANY. */
const rank = (route: Route<unknown>): string =>
  route.segments.map((segment) => (isGreedy(segment) ? "2" : isParameter(segment) ? "1" : "0")).join("") +
  (route.method === "ANY" ? "b" : "a");

/**
 * Orders routes as API Gateway chooses among them, and gives the function that finds a request's route.
 * Source: "Create routes for HTTP APIs in API Gateway", Amazon API Gateway Developer Guide.
 */
export const compileRoutes = <T>(routes: readonly Route<T>[]) => {
  const ordered = routes
    .filter((route) => route.method !== "$default")
    .sort((a, b) => (rank(a) < rank(b) ? -1 : rank(a) > rank(b) ? 1 : 0));
  const fallback = routes.find((route) => route.method === "$default");
  return (method: string, path: string): RouteMatch<T> | undefined => {
    const parts = path.split("/").slice(1).map(decodePart);
    for (const route of ordered) {
      if (route.method !== method && route.method !== "ANY") continue;
      const pathParameters = matchPath(route, parts);
      if (pathParameters) return { route, pathParameters };
    }
    return fallback && { route: fallback, pathParameters: {} };
  };
};

/** Percent-decodes; malformed text stays as it is. */
export const decodePart = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};
