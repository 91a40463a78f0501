'use strict';

// Azure Functions, Node.js programming model v3: no npm install, no build. The policy is the file beside this one.
const { readFile } = require('node:fs/promises');
const { join } = require('node:path');

module.exports = async function (context) {
  context.res = {
    status: 200,
    headers: {
      'Content-Type': 'text/plain; charset=utf-8',
      'Access-Control-Allow-Origin': '*',
      'Cache-Control': 'public, max-age=300',
    },
    body: await readFile(join(__dirname, 'mta-sts.txt'), 'utf8'),
  };
};
