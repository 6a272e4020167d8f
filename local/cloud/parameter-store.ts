import type { JsonCall } from "./needs.ts";
import { type Answer, jsonAnswer, jsonError } from "./wire.ts";

/** SSM parameters of the templates: GetParameter and GetParameters. */
export const parameterStore =
  (parameters: ReadonlyMap<string, { value: string; type: string }>) =>
  ({ operation, input }: JsonCall): Answer => {
    const read = (name: string) => {
      const found = parameters.get(name);
      return found && { Name: name, Type: found.type, Value: found.value, Version: 1 };
    };
    if (operation === "GetParameters") {
      const names: string[] = input.Names ?? [];
      return jsonAnswer({
        Parameters: names.map(read).filter(Boolean),
        InvalidParameters: names.filter((name) => !read(name)),
      });
    }
    const Parameter = operation === "GetParameter" && read(String(input.Name));
    return Parameter
      ? jsonAnswer({ Parameter })
      : jsonError("ParameterNotFound", `There is no parameter ${input.Name}.`);
  };
