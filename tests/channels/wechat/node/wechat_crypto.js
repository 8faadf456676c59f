// One call of the npm package wechat-crypto: a JSON line in, a JSON line out. See prove_wechat_crypto.py.
"use strict";

const { createRequire } = require("node:module");
const path = require("node:path");
const readline = require("node:readline");

const [, , folder, token, key, appId] = process.argv;
const Crypto = createRequire(path.join(path.resolve(folder), "node_modules", "x.js"))("wechat-crypto");
const crypto = new Crypto(token, key, appId);

const calls = {
  seal: ({ text, timestamp, nonce }) => {
    const encrypt = crypto.encrypt(text);
    return { encrypt, signature: crypto.getSignature(timestamp, nonce, encrypt) };
  },
  open: ({ encrypt, timestamp, nonce }) => ({
    ...crypto.decrypt(encrypt),
    signature: crypto.getSignature(timestamp, nonce, encrypt),
  }),
};

readline.createInterface({ input: process.stdin }).on("line", (line) => {
  const { call, ...values } = JSON.parse(line);
  process.stdout.write(`${JSON.stringify(calls[call](values))}\n`);
});
