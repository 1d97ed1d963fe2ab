"""People who use the service: users, their roles in units, sign-ins and API tokens."""

from docsvc.accounts.actor import SYSTEM, Actor, Role, actor_of
from docsvc.accounts.errors import AccountError, BadToken, TooManyTries, WeakPassword, WrongPassword, WrongSignIn
from docsvc.accounts.sign_in import sign_in, sign_out, signed_in_actor
from docsvc.accounts.tokens import create_token, note_use, own_tokens, revoke_token, token_actor
from docsvc.accounts.users import (
    NewUser,
    change_password,
    create_user,
    deactivate_user,
    grant_role,
    set_language,
    set_password,
    withdraw_role,
)

__all__ = [
    "SYSTEM",
    "AccountError",
    "Actor",
    "BadToken",
    "NewUser",
    "Role",
    "TooManyTries",
    "WeakPassword",
    "WrongPassword",
    "WrongSignIn",
    "actor_of",
    "change_password",
    "create_token",
    "create_user",
    "deactivate_user",
    "grant_role",
    "note_use",
    "own_tokens",
    "revoke_token",
    "set_language",
    "set_password",
    "sign_in",
    "sign_out",
    "signed_in_actor",
    "token_actor",
    "withdraw_role",
]
