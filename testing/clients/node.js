// The node under test, as its ready file describes it, and the contract that the tests deploy.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { defineChain } from "viem";
import { WebSocket } from "ws";

// Node.js has one of its own from version 22 on
globalThis.WebSocket ??= WebSocket;

const solc = createRequire(import.meta.url)("solc");

// A file whose tests hang fails; Debian's Node.js has no option for that.
const late = () => {
  console.error("the tests of this file took longer than five minutes");
  process.exit(1);
};
setTimeout(late, 300_000).unref();

const readyFile = process.env.BALLAST_READY_FILE;
if (!readyFile) throw new Error("set BALLAST_READY_FILE to the file that `ballast devnet --ready-file` wrote");

export const node = JSON.parse(readFileSync(readyFile, "utf8"));

export const chain = defineChain({
  id: node.chain_id,
  name: "Ballast devnet",
  nativeCurrency: { name: "pBTC", symbol: "pBTC", decimals: 18 },
  rpcUrls: { default: { http: [node.rpc_url], webSocket: [node.ws_url] } },
});

export const SAT = 10n ** 10n;

/** Compiles contracts/Ledger.sol and returns its abi and creation bytecode. */
export function compileLedger() {
  const source = readFileSync(new URL("./contracts/Ledger.sol", import.meta.url), "utf8");
  const output = JSON.parse(
    solc.compile(
      JSON.stringify({
        language: "Solidity",
        sources: { "Ledger.sol": { content: source } },
        settings: { optimizer: { enabled: true }, outputSelection: { "*": { "*": ["abi", "evm.bytecode.object"] } } },
      }),
    ),
  );
  const errors = (output.errors ?? []).filter((e) => e.severity === "error");
  if (errors.length > 0) throw new Error(errors.map((e) => e.formattedMessage).join("\n"));
  const { abi, evm } = output.contracts["Ledger.sol"].Ledger;
  return { abi, bytecode: `0x${evm.bytecode.object}` };
}

/** One raw JSON-RPC exchange; `body` may be an object, a batch or any text. */
export async function post(body) {
  const response = await fetch(node.rpc_url, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
  return response.json();
}

export const request = (method, params = [], id = 1) => ({ jsonrpc: "2.0", id, method, params });

/** The result of one call, or an Error that carries `code` and `data`. */
export async function rpc(method, ...params) {
  const { result, error } = await post(request(method, params));
  if (error) throw Object.assign(new Error(error.message), error);
  return result;
}
