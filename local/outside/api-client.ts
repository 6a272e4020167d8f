import { type ApiAccess, departmentApi } from "./department-api.ts";
export const apiClient = (access: ApiAccess) => departmentApi(access, new AbortController().signal);
