namespace Phi4R.Verification.Latex;

internal enum TokenKind
{
    Number,
    Letter,
    Word,
    Command,
    Text,
    Sign,
    End,
}
