// Reads or runs a file as its tool would, and prints as JSON what comes of it: validate.py holds that against what it is to be.
//
//     NODE_PATH=… node evaluate.cjs functions|netlify|vercel|terraform|dnscontrol FILE...
'use strict';

const fs = require('node:fs');
const path = require('node:path');
const vm = require('node:vm');
const { pathToFileURL } = require('node:url');

// By NODE_PATH, which `import` does not go by.
const load = (name) => import(pathToFileURL(require.resolve(name)));

const evaluate = {
  // The handler of a function, with a context like that of Azure's host.
  async functions(folder) {
    const binding = JSON.parse(fs.readFileSync(path.join(folder, 'function.json'), 'utf8'));
    const out = binding.bindings.find((one) => one.type === 'http' && one.direction === 'out');
    const context = { log() {} };
    await require(path.resolve(folder, 'index.js'))(context, { method: 'GET' });
    return context[out.name];
  },

  // The headers that Netlify makes of either file, or of both.
  async netlify(config, headers) {
    const { parseAllHeaders } = await load('@netlify/headers-parser');
    const read = await parseAllHeaders({
      headersFiles: headers ? [headers] : [],
      netlifyConfigPath: config || undefined,
      minimal: true,
    });
    return { headers: read.headers, errors: read.errors.map(String) };
  },

  // The schema that Vercel has for headers, and the routes that it makes of them.
  async vercel(file) {
    const { getTransformedRoutes, headersSchema } = await load('@vercel/routing-utils');
    const { headers } = JSON.parse(fs.readFileSync(file, 'utf8'));
    return { schema: headersSchema, ...getTransformedRoutes({ headers }) };
  },

  // HashiCorp's own parser, compiled to wasm.
  async terraform(file) {
    const { parse } = await load('@cdktf/hcl2json');
    return parse(file, fs.readFileSync(file, 'utf8'));
  },

  // dnscontrol's functions in as far as they are used, which take what its documentation says, and no more. Its interpreter
  // knows ECMAScript 5.
  async dnscontrol(file) {
    const source = fs.readFileSync(file, 'utf8');
    require('acorn').parse(source, { ecmaVersion: 5 });
    const domains = [];
    const string = (value, what) => {
      if (typeof value !== 'string') throw new TypeError(`${what} is no string: ${value}`);
      return value;
    };
    const functions = {
      D_EXTEND(name, ...modifiers) {
        const domain = { name: string(name, 'a domain'), records: [] };
        for (const modifier of modifiers) modifier(domain);
        domains.push(domain);
      },
      TXT(label, text, ...modifiers) {
        const record = { type: 'TXT', label: string(label, 'a label'), text: string(text, 'a text'), ttl: 300 };
        for (const modifier of modifiers) modifier(record);
        return (domain) => domain.records.push(record);
      },
      TTL(seconds) {
        if (!Number.isInteger(seconds)) throw new TypeError(`no number of seconds: ${seconds}`);
        return (record) => { record.ttl = seconds; };
      },
    };
    vm.runInNewContext(source, functions, { filename: file, timeout: 5000 });
    return domains;
  },
};

evaluate[process.argv[2]](...process.argv.slice(3)).then(
  // hcl2json's wasm does not end by itself.
  (value) => fs.writeSync(1, JSON.stringify(value)) && process.exit(0),
  (error) => { fs.writeSync(2, `${error}\n`); process.exit(1); },
);
