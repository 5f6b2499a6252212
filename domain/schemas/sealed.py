"""What every act of a complaint or a referral puts on the ledger: the same three members, whatever it says."""

from typing import Literal

from domain.data import Data, Sha256


class Sealed(Data):
    """`content` is the SHA-256 of the opened paper, a padded text that begins with a random salt; `envelope` that of
    the sealed file in the store of documents; `size` the class the paper was padded to, in bytes (`domain.sealed`)."""

    content: Sha256
    envelope: Sha256
    size: Literal[32_768, 131_072, 524_288]
