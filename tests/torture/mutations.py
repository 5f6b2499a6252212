"""Every mutation there is; some stand there more than once, to be tried more often."""

from collections.abc import Callable

from tests.torture.attack import Attack, Expected
from tests.torture.on_history import (
    date_ahead,
    drop_from_stream,
    forge_officer,
    insert_copy,
    insert_event,
    move_act,
    replace_act,
    replace_opening,
    rewrite_tail,
    swap_acts,
    truncate_consistently,
)
from tests.torture.on_lines import (
    all_null,
    change_relied,
    change_time,
    cut_line,
    delete_last,
    delete_row,
    delete_rows,
    double_row,
    flip_byte,
    forget_act,
    hide_row,
    huge_line,
    odd_line,
    replace_span,
    repoint,
    scatter_rows,
    swap_lines,
    swap_rows,
)
from tests.torture.on_stored import (
    blunt_trigger,
    change_head,
    change_tile,
    delete_head,
    delete_tile,
    delete_vault,
    delete_vault_key,
    drop_constraint,
    drop_trigger,
    flip_vault,
    flood_vault,
    grant_rights,
    insert_tile,
    insert_vault_key,
    malform_vault,
    move_head,
    move_vault,
    rename_kek,
    shorten_vault,
    swap_vault,
    swap_vault_keys,
)

MUTATIONS: tuple[Callable[[Attack], Expected], ...] = (
    odd_line, odd_line, odd_line, all_null, all_null,
    flip_byte, flip_byte, flip_byte, replace_span, replace_span, cut_line, change_time, change_relied, swap_lines,
    swap_rows, forge_officer, hide_row, delete_row, delete_rows, delete_last, truncate_consistently, insert_copy,
    insert_event, repoint, repoint, forget_act, move_act, replace_act, swap_acts, drop_from_stream, rewrite_tail,
    replace_opening, change_tile, delete_tile, insert_tile, change_head, move_head, delete_head, delete_vault,
    move_vault, swap_vault, flip_vault, shorten_vault, delete_vault_key, insert_vault_key, swap_vault_keys, rename_kek,
    drop_trigger, blunt_trigger, drop_constraint, double_row, grant_rights,
    date_ahead, huge_line, scatter_rows, flood_vault, malform_vault,
)  # fmt: skip
