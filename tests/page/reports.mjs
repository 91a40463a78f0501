// TLS reports of our own about domains of the zoo, in every form in which they come.
import { execFileSync } from 'node:child_process';
import { gzipSync } from 'node:zlib';

const DAY = 86_400_000;
/** A day some days ago, as reports have it. */
export const dayBefore = (days) => new Date(Date.now() - days * DAY).toISOString().slice(0, 10);

/** A report, as RFC 8460 has it: what one sender saw of one domain, `days` days ago. */
export function report({ organization, domain, days, successful = 0, failures = [], id = `${organization}-${domain}-${days}`, mx = [`mx1.${domain}`] }) {
  const day = dayBefore(days);
  const failed = failures.reduce((sum, [, count]) => sum + count, 0);
  return {
    'organization-name': organization,
    'date-range': { 'start-datetime': `${day}T00:00:00Z`, 'end-datetime': `${day}T23:59:59Z` },
    'contact-info': 'tls@sender.example',
    'report-id': id,
    policies: [{
      policy: { 'policy-type': 'sts', 'policy-string': ['version: STSv1', 'mode: testing', ...mx.map((host) => `mx: ${host}`), 'max_age: 604800'], 'policy-domain': domain, 'mx-host': mx },
      summary: { 'total-successful-session-count': successful, 'total-failure-session-count': failed },
      'failure-details': failures.map(([type, count, host = mx[0], reason]) => ({
        'result-type': type, 'sending-mta-ip': '192.0.2.1', ...host && { 'receiving-mx-hostname': host, 'receiving-ip': '192.0.2.25' },
        'failed-session-count': count, ...reason && { 'failure-reason-code': reason },
      })),
    }],
  };
}

const bytes = (value) => Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
const lines = (text) => text.replace(/(.{76})/g, '$1\r\n');

/** The mail that a report comes in (RFC 8460 §5.3). */
export function mail(value, { domain = 'example.com', submitter = 'sender.example', type = 'application/tlsrpt+gzip', name = 'report.json.gz' } = {}) {
  return [
    `From: noreply@${submitter}`, `To: tlsrpt@${domain}`, `Subject: Report Domain: ${domain} Submitter: ${submitter}`, `TLS-Report-Domain: ${domain}`, `TLS-Report-Submitter: ${submitter}`,
    'MIME-Version: 1.0', 'Content-Type: multipart/report; report-type="tlsrpt"; boundary="b"', '', '--b', 'Content-Type: text/plain', '', 'A TLS report is attached.', '',
    '--b', `Content-Type: ${type}`, 'Content-Transfer-Encoding: base64', `Content-Disposition: attachment; filename="${name}"`, '', lines((type.includes('gzip') ? gzipSync(bytes(value)) : bytes(value)).toString('base64')), '', '--b--', '',
  ].join('\r\n');
}

/** Mails, one behind the other. */
export const mbox = (mails) => mails.map((one) => `From sender@sender.example Sun Nov 22 00:00:00 2026\n${one.replaceAll('\r\n', '\n')}\n`).join('');

/** A zip archive of `{ name: bytes }`. */
export function zip(files) {
  const made = Object.entries(files).map(([name, content]) => [name, Buffer.from(content).toString('base64')]);
  const code = 'import sys, json, zipfile, base64, io\nout = io.BytesIO()\nz = zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED)\nfor name, content in json.load(sys.stdin): z.writestr(name, base64.b64decode(content))\nz.close()\nsys.stdout.buffer.write(out.getvalue())';
  return execFileSync('python3', ['-c', code], { input: JSON.stringify(made), maxBuffer: 1 << 26 });
}

/**
 * A mixed folder, as `{ name: bytes }`: seven reports of three senders on two domains of the zoo, one of them twice, and three
 * files that are none. In all 1,233 sessions succeeded and 47 failed.
 */
export function mixed() {
  const expired = 'mx-expired-cert.zoo.test';
  const good = 'enforce-good.zoo.test';
  const google = (days, successful, failures) => report({ organization: 'Google Inc.', domain: expired, days, successful, failures });
  const first = google(9, 100, []);
  const withoutZone = report({ organization: 'Microsoft Corporation', domain: good, days: 4, successful: 200 });
  withoutZone['date-range'] = { 'start-datetime': `${dayBefore(4)}T00:00:00`, 'end-datetime': `${dayBefore(4)}T23:59:59` };
  delete withoutZone.policies[0]['failure-details'];
  return {
    'google/first.json': bytes(first),
    'google/second.json.gz': gzipSync(bytes(google(8, 90, [['certificate-expired', 10, `mx1.${expired}`, 'CERT_EXPIRED']]))),
    'google/third.eml': Buffer.from(mail(google(3, 10, [['certificate-expired', 30, `mx1.${expired}`]]), { domain: expired, submitter: 'google.com' })),
    'microsoft.zip': zip({ 'a/one.json': bytes(withoutZone), '__MACOSX/a/._one.json': 'x', 'two.json': bytes(report({ organization: 'Microsoft Corporation', domain: good, days: 2, successful: 800 })) }),
    'archive.mbox': Buffer.from(mbox([
      mail(report({ organization: 'mail.example', domain: good, days: 6, successful: 30, failures: [['starttls-not-supported', 5]] }), { domain: good }),
      mail(first, { domain: expired }),
      mail(report({ organization: 'mail.example', domain: good, days: 1, successful: 3, failures: [['unheard-of', 2, '']] }), { domain: good, type: 'application/tlsrpt+json', name: 'r.json' }),
    ])),
    'notes.txt': Buffer.from('bring milk\n'),
    'cut.json': bytes(first).subarray(0, 200),
    'package.json': bytes({ name: 'x', version: '1.0.0' }),
  };
}
