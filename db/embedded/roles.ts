import { createHmac } from 'node:crypto'
import type { Sql } from 'postgres'
import { openSql } from '../drivers.ts'
import { type Cluster, SUPERUSER } from './cluster.ts'

/** The service's role. It is no superuser, and owns the database `passalong` with all that is in it. */
const SERVICE = 'passalong_service'

interface Place {
  cluster: Cluster
  /** Where the server listens: host and port, as in a URL. */
  address: string
}

/** The superuser's URL of a database. */
export const superuserUrl = (place: Place, database: string) =>
  urlOf(place, SUPERUSER, place.cluster.password, database)

/** The service's URL of its database. */
export const serviceUrl = (place: Place) => urlOf(place, SERVICE, servicePassword(place.cluster), 'passalong')

/**
 * The server has to prove itself by SCRAM before it is sent anything: while it is down, any local user could listen on its port.
 * (On its socket only its own user or root could.)
 */
const urlOf = ({ address }: Place, role: string, password: string, database: string) =>
  `postgres://${role}:${password}@${address}/${database}?require_auth=scram-sha-256`

/** Derived from the superuser's password by a one-way function, so that there is only one secret to store. */
const servicePassword = ({ password }: Cluster) =>
  createHmac('sha256', password).update(SERVICE).digest('base64url')

/** Makes the service's role and database where they are missing. */
export async function prepareService({ sql, ...place }: Place & { sql: Sql }): Promise<void> {
  // Under a lock, as Postgres has no "if not exists" for roles and databases.
  await sql`select pg_advisory_lock(3)`
  try {
    const roles = await sql`select from pg_roles where rolname = ${SERVICE}`
    if (roles.length === 0)
      await sql.unsafe(`create role ${SERVICE} login password '${servicePassword(place.cluster)}'`)
    const databases = await sql`select from pg_database where datname = 'passalong'`
    if (databases.length === 0) await sql.unsafe(`create database passalong owner ${SERVICE}`)
    else await handOver(place)
  } finally {
    await sql`select pg_advisory_unlock(3)`
  }
}

/**
 * Makes the service's role the owner of what earlier versions made as the superuser. `reassign owned` is refused for initdb's
 * superuser, who owns the system's objects as well: those have ids below 16384.
 */
async function handOver(place: Place): Promise<void> {
  const sql = openSql(superuserUrl(place, 'passalong'), { max: 1, onnotice: () => {} })
  try {
    await sql.unsafe(`do $$
      declare
        change text;
      begin
        for change in
          select format('alter %s owner to ${SERVICE}', name)
          from (
            select 'pg_database'::regclass as kind, oid, datdba as owner, format('database %I', datname) as name
            from pg_database where datname = current_database()
            union all
            select 'pg_namespace'::regclass, oid, nspowner, format('schema %s', oid::regnamespace)
            from pg_namespace where nspname !~ '^pg_'
            union all
            select 'pg_class'::regclass, oid, relowner, format('table %s', oid::regclass)
            from pg_class where relkind in ('r', 'p', 'v', 'm', 'f') and relpersistence <> 't'
            union all
            -- A column's sequence goes with its table.
            select 'pg_class'::regclass, oid, relowner, format('sequence %s', oid::regclass)
            from pg_class
            where relkind = 'S' and relpersistence <> 't' and not exists (
              select from pg_depend
              where classid = 'pg_class'::regclass and objid = pg_class.oid and deptype in ('a', 'i')
            )
            union all
            select 'pg_type'::regclass, oid, typowner, format('type %s', oid::regtype)
            from pg_type where typtype in ('d', 'e', 'r')
            union all
            select 'pg_proc'::regclass, oid, proowner, format('routine %s', oid::regprocedure)
            from pg_proc
          ) as found
          where owner = '${SUPERUSER}'::regrole and oid >= 16384
          -- An extension keeps what it brought.
          and not exists (select from pg_depend where classid = kind and objid = oid and deptype = 'e')
        loop
          execute change;
        end loop;
      end
    $$`)
  } finally {
    await sql.end()
  }
}
