// What a frontend writes against the generated types; `make client` compiles it, so that the OpenAPI
// document stays good enough for one.
import createClient from "openapi-fetch";

import type { components, paths } from "./generated/api";

type MetricQuery = components["schemas"]["MetricQueryInputRequest"];

const baseUrl = "http://localhost:8000";

async function signIn(databricksToken: string): Promise<string> {
  const client = createClient<paths>({ baseUrl });
  const { data, error } = await client.POST("/api/auth/login", {
    body: { databricks_token: databricksToken },
  });
  if (!data) throw new Error(`${error.error_code}: ${error.detail} (${error.request_id})`);
  return data.access_token;
}

export async function onTimeRate(databricksToken: string): Promise<Record<string, unknown>[]> {
  const client = createClient<paths>({
    baseUrl,
    headers: { Authorization: `Bearer ${await signIn(databricksToken)}` },
  });
  const question: MetricQuery = {
    metrics: ["on_time_rate"],
    group_by: ["carrier__name", { name: "metric_time", grain: "month" }],
    where: [{ field: "origin__code", op: "=", value: "JFK" }],
    order_by: ["-on_time_rate"],
    limit: 10,
  };
  const { data, error } = await client.POST("/api/metrics-explorer/query", { body: question });
  if (!data) throw new Error(`${error.error_code}: ${error.detail}`);
  if ("rows" in data) return data.rows;
  throw new Error(`a file: ${JSON.stringify(data)}`);
}

export async function modelNames(token: string): Promise<string[]> {
  const client = createClient<paths>({ baseUrl, headers: { Authorization: `Bearer ${token}` } });
  const names: string[] = [];
  for (let page = 1; ; page += 1) {
    const { data } = await client.GET("/api/models", { params: { query: { page } } });
    if (!data) return names;
    names.push(...data.models.map((model) => model.name));
    if (!data.pagination.has_next) return names;
  }
}
