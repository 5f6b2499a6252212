"""Case histories of older systems, brought in row by row: a client of the HTTP API like any other.

`mapping` says which column is what, `reading` turns a file into cells, `checking` turns cells into rows or reasons,
`known` is what the ledger has of the source already, `planning` the difference, `sending` signs and sends it, and
`running` is the whole way.
"""
