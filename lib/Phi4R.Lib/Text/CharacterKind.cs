namespace Phi4R.Text;

/// <summary>What the pattern of o200k_base tells characters apart by.</summary>
internal enum CharacterKind : byte
{
    /// <summary>Neither white space nor letter, mark or number.</summary>
    Other,

    /// <summary>Lu and Lt: may stand in the first half of a word only.</summary>
    Upper,

    /// <summary>Ll: may stand in the second half of a word only.</summary>
    Lower,

    /// <summary>Lm and Lo: either half of a word.</summary>
    Letter,

    /// <summary>Mn, Mc and Me: either half of a word, and, being no letter, also what may stand before one.</summary>
    Mark,

    /// <summary>Nd, Nl and No.</summary>
    Number,

    /// <summary>White space but for the two ends of a line.</summary>
    White,

    /// <summary>Carriage return and line feed.</summary>
    LineEnd,
}
