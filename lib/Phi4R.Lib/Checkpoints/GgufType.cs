namespace Phi4R.Checkpoints;

/// <summary>What the matrices of a GGUF file are written in; vectors are always 32 bits.</summary>
public enum GgufType
{
    /// <summary>32 bits: nothing of a weight is lost.</summary>
    F32,

    /// <summary>IEEE half precision: eleven bits of each weight, which must be 65,504 at the most.</summary>
    F16,

    /// <summary>Blocks of 32 weights of a row as whole numbers of eight bits with a scale of 16.</summary>
    Q8,
}
