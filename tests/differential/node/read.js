// Reads texts with mailauth, lax and strict, for `cargo xtask differential`: a line of JSON in, a line
// of JSON out, by reader. What stands at the end of the network is replaced, and nothing else.
'use strict';

const { EventEmitter } = require('node:events');
const { PassThrough } = require('node:stream');
const https = require('node:https');
const readline = require('node:readline');

// Replaced before mailauth is loaded.
https.request = (_options, answer) => {
    const request = new EventEmitter();
    request.destroy = () => {};
    request.end = () => {
        const response = new PassThrough();
        response.statusCode = 200;
        response.headers = { 'content-type': 'text/plain' };
        response.complete = true;
        answer(response);
        response.end(served.policy);
    };
    return request;
};

const { getPolicy, validateMx } = require('mailauth/lib/mta-sts');

const RECORD = [Buffer.from('v=STSv1; id=1')];
const POLICY = Buffer.from('version: STSv1\nmode: enforce\nmx: mx.example.com\nmax_age: 86400\n');
const served = { records: RECORD, policy: POLICY };

/** A text as Node's resolver gives the strings of a TXT record: a character for each octet. */
function strings(text) {
    const pieces = [];
    for (let at = 0; at < text.length; at += 255) {
        pieces.push(text.subarray(at, at + 255).toString('latin1'));
    }
    return pieces.length ? pieces : [''];
}

async function resolver(_name, type) {
    return type === 'TXT' ? served.records.map(strings) : ['192.0.2.1'];
}

async function reads(strict) {
    const { policy, status } = await getPolicy('example.com', null, { resolver, strict });
    if (status !== 'found') {
        return { error: policy.error ? policy.error.code : status };
    }
    return { id: policy.id, mode: policy.mode, max_age: Math.floor(policy.maxAge), mx: policy.mx || [] };
}

async function main() {
    for await (const line of readline.createInterface({ input: process.stdin })) {
        const asked = JSON.parse(line);
        let answer;
        if (asked.kind === 'match') {
            const { valid } = validateMx(asked.host, { mode: 'enforce', mx: [asked.pattern] });
            answer = { 'mailauth, lax': { match: valid }, 'mailauth, strict': { match: valid } };
        } else {
            served.policy = asked.kind === 'policy' ? Buffer.from(asked.hex, 'hex') : POLICY;
            served.records = asked.kind === 'policy' ? RECORD : asked.texts.map(text => Buffer.from(text, 'hex'));
            answer = { 'mailauth, lax': await reads(false), 'mailauth, strict': await reads(true) };
        }
        process.stdout.write(JSON.stringify(answer) + '\n');
    }
}

main();
