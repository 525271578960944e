// A question in JSON whose refusal is an error in the words of the problem: to the controls of the gate and of the topology, and
// to the service that the topology starts.

/**
 * @param {typeof globalThis.fetch} fetch
 * @param {string} method
 * @param {string} path
 * @param {unknown} [body]
 */
export async function ask(fetch, method, path, body) {
  const rest = body === undefined ? {} : { body: JSON.stringify(body), headers: { "content-type": "application/json" } };
  // Whoever breaks something and leaves the page at once has mended it all the same.
  const response = await fetch(path, { method, keepalive: method !== "GET", ...rest });
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(answer.detail ?? `${path} responded with ${response.status}`);
  return answer;
}
