# SPDX-License-Identifier: Apache-2.0
"""A client of the fleet's server that says what it wants, word for word."""

import secrets
import select

import psycopg2


def code_of(call) -> str | None:
    try:
        call()
    except psycopg2.Error as error:
        return error.pgcode or "connection"
    return None


def rows(connection, text, *arguments):
    with connection.cursor() as cursor:
        cursor.execute(text, arguments)
        return [tuple(bytes(v) if isinstance(v, memoryview) else v for v in row) for row in cursor.fetchall()] if cursor.description else []


def notices(connection, wanted: int, limit: float = 20.0):
    found = []
    while len(found) < wanted and select.select([connection], [], [], limit)[0]:
        connection.poll()
        found += [note.payload for note in connection.notifies]
        connection.notifies.clear()
    return found


def submit(connection, content: bytes, hash_: bytes | None = None, denial=False, material=()):
    kinds, names, groups, sealed = ([item[i] for item in material] for i in range(4))
    generations = [1] * len(kinds)
    hash_ = hash_ or secrets.token_bytes(32)
    rows(connection, "SELECT fleet.submit(%s, %s, %s, %s::smallint[], %s::bytea[], %s::bytea[], %s::integer[], %s::bytea[])",
         hash_, content, denial, kinds, names, groups, generations, sealed)
    return hash_
