import { expect, test } from 'vitest'
import { type Address, DatabaseUrlError, readAddress, withParameters } from '../../db/address.ts'

const at = (...hosts: [host: string, port: number][]) => ({
  hosts: hosts.map(([host, port]) => ({ host, port })),
})
const mode = (name: string, more: object = {}) => ({ tls: expect.objectContaining({ mode: name, ...more }) })

test.each<[url: string, read: Partial<Record<keyof Address, unknown>>]>([
  [
    'postgres://ada:secret@db.example.org:6543/books',
    {
      ...at(['db.example.org', 6543]),
      user: 'ada',
      password: 'secret',
      database: 'books',
      ...mode('prefer'),
    },
  ],
  ['postgresql://db', { ...at(['db', 5432]), user: undefined, password: undefined, database: undefined }],
  [' postgres://db/\n', { ...at(['db', 5432]), database: undefined }],
  ['postgres:///books', { ...at(['localhost', 5432]), database: 'books' }],
  // What stands for itself when it is encoded, and what libpq takes as it is.
  ['postgres://a%40b:p%3Aw%2F%25@db/b%20s', { user: 'a@b', password: 'p:w/%', database: 'b s' }],
  ['postgres://ada:p@ss:w#rd?+@db/books', { user: 'ada', password: 'p@ss:w#rd?+', ...at(['db', 5432]) }],
  ['postgres://ada@db/books?password=p+w%26', { password: 'p+w&' }],
  // Sockets and IPv6.
  ['postgres://ada@%2Frun%2Fpostgresql/books', at(['/run/postgresql', 5432])],
  ['postgres://ada@%2Fdata%2Ca:5433/books', at(['/data,a', 5433])],
  ['postgres:///books?host=/run/postgresql&port=5433', at(['/run/postgresql', 5433])],
  ['postgres://[::1]:5433/books', at(['::1', 5433])],
  // Several hosts.
  ['postgres://u:p@a:1,b:2/x', at(['a', 1], ['b', 2])],
  ['postgres://a,b:6543/x', at(['a', 5432], ['b', 6543])],
  ['postgres://a,[::2]:3,c/x', at(['a', 5432], ['::2', 3], ['c', 5432])],
  ['postgres:///x?host=a,b&port=1,2', at(['a', 1], ['b', 2])],
  ['postgres:///x?host=a,b&port=6543', at(['a', 6543], ['b', 6543])],
  ['postgres://c:3/x?host=a', at(['a', 3])],
  ...['any', 'read-write', 'primary'].map((attributes): [string, object] => [
    `postgres://a,b/x?target_session_attrs=${attributes}`,
    at(['a', 5432], ['b', 5432]),
  ]),
  // TLS, in libpq's words and in those of other drivers.
  ...['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full'].flatMap(
    (name): [string, object][] => [
      [`postgres://db/x?sslmode=${name}`, mode(name)],
      [`postgres://db/x?ssl=${name}`, mode(name)],
    ],
  ),
  ['postgres://db/x?sslmode=no-verify', mode('require')],
  ['postgres://db/x?ssl=true', mode('require')],
  ['postgres://db/x?ssl=false', mode('disable')],
  ['postgres://db/x?sslmode=require&sslrootcert=/ca.pem', mode('verify-ca', { rootCert: '/ca.pem' })],
  ['postgres://db/x?sslrootcert=system', mode('verify-full', { rootCert: undefined })],
  [
    'postgres://db/x?sslmode=require&sslcert=/a.crt&sslkey=/a.key',
    mode('require', { cert: '/a.crt', key: '/a.key' }),
  ],
  ['postgres://db/x?sslmode=require&sslnegotiation=direct', mode('require', { direct: true })],
  // The rest.
  ['postgres://db/x?require_auth=scram-sha-256', { scram: true, ...mode('disable') }],
  ['postgres://db/x?connect_timeout=3', { connectTimeout: 3 }],
  ['postgres://db/x?connect_timeout=0', { connectTimeout: 5 }],
  ['postgres://db/x?application_name=a%20b', { applicationName: 'a b' }],
  ['postgres://db/x?options=-c%20work_mem%3D64MB', { options: '-c work_mem=64MB' }],
  ['postgres://db/x?pgbouncer=true', { pooled: true }],
  ['postgres://db/x?user=ada&dbname=y', { user: 'ada', database: 'y' }],
  [
    'postgres://db/x?keepalives=1&gssencmode=disable&channel_binding=prefer&client_encoding=UTF8',
    { database: 'x' },
  ],
])('%s is read as libpq reads it', (url, read) => {
  expect(readAddress(url)).toMatchObject(read)
})

test.each<[url: string, reason: RegExp]>([
  ['mysql://db/x', /must be an address like postgres:/],
  ['/var/run/postgresql', /must be an address like postgres:/],
  ['host=db dbname=x', /must be an address like postgres:/],
  ['postgres://db:99999/x', /"99999" is not a port/],
  ['postgres://db:5432:1/x', /"db:5432:1" is not a host/],
  ['postgres://::1/x', /"::1" is not a host/],
  ['postgres:///x?host=a,b,c&port=1,2', /3 hosts and 2 ports/],
  ['postgres://ada:50%@db/x', /%25/],
  ['postgres://db/x?statement_timeout=5', /no parameter "statement_timeout"/],
  ['postgres://db/x?schema=books', /no parameter "schema"/],
  ['postgres://db/x?sslmode=on', /sslmode=on is none of disable, allow/],
  ['postgres://db/x?channel_binding=require', /channel_binding=require/],
  ['postgres://db/x?require_auth=md5', /require_auth=md5/],
  [
    'postgres://db/x?require_auth=scram-sha-256&sslmode=require',
    /require_auth does not go with sslmode=require/,
  ],
  ['postgres://a,b/x?target_session_attrs=standby', /may be any or read-write or primary/],
  ['postgres://db/x?client_encoding=latin1', /client_encoding=latin1/],
  ['postgres://db/x?gssencmode=require', /gssencmode=require/],
  ['postgres://db/x?connect_timeout=soon', /connect_timeout=soon/],
])('%s is refused with a sentence', (url, reason) => {
  expect(() => readAddress(url)).toThrow(reason)
  expect(() => readAddress(url)).toThrow(DatabaseUrlError)
  expect(() => readAddress(url)).toThrow(/^DATABASE_URL: [^\n]+$/)
})

test('a parameter that is added counts before one that is there', () => {
  const url = withParameters('postgres://a:1/x?sslmode=require', { sslmode: 'disable', host: 'b', port: '2' })
  expect(readAddress(url)).toMatchObject({ ...at(['b', 2]), ...mode('disable') })
  expect(readAddress(withParameters('postgres://a/x', { pgbouncer: 'true' })).pooled).toBe(true)
})
