"""Bank return files 代发回盘: read and checked row by row, compared with the ledger, sent as signed acts."""
