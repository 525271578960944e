// A browser, driven over WebDriver.

import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

const BROWSERS = {
  Chromium: {
    driver: "chromedriver",
    options: { "goog:chromeOptions": { args: ["--headless=new", "--no-sandbox"] } },
  },
  Firefox: {
    driver: "geckodriver",
    options: { "moz:firefoxOptions": { args: ["-headless"] } },
  },
};

/** Opens a page, and returns a function that closes the browser. */
export async function openPage(name, url) {
  const { driver, address } = await startDriver(BROWSERS[name].driver);
  try {
    const capabilities = { alwaysMatch: BROWSERS[name].options };
    const { sessionId } = await command(`${address}/session`, { capabilities });
    await command(`${address}/session/${sessionId}/url`, { url });
    return async () => {
      await fetch(`${address}/session/${sessionId}`, { method: "DELETE" });
      driver.kill();
    };
  } catch (error) {
    driver.kill();
    throw error;
  }
}

async function startDriver(program) {
  const driver = spawn(program, ["--port=0"], { stdio: ["ignore", "pipe", "ignore"] });
  driver.on("error", ({ message }) => console.error(message));
  for await (const line of createInterface({ input: driver.stdout })) {
    const port = /(?:successfully on port |Listening on 127\.0\.0\.1:)(\d+)/.exec(line)?.[1];
    if (port) return { driver, address: `http://127.0.0.1:${port}` };
  }
  throw new Error(`${program} did not start`);
}

async function command(url, body) {
  const response = await fetch(url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
  });
  const { value } = await response.json();
  if (!response.ok) throw new Error(value.message);
  return value;
}
