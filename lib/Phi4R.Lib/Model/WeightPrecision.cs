namespace Phi4R.Model;

/// <summary>What the weights that a model computes with are kept in while it learns.</summary>
public enum WeightPrecision
{
    /// <summary>32 bits, and nothing beside them.</summary>
    Full,

    /// <summary>
    /// 16 bits, and so are activations and the gradients of one pass. Gradients are added up in 32 bits and change
    /// masters of 32 bits, of which the weights are the roundings: updates far below what a 16-bit weight can tell
    /// apart add up. Checkpoints and files hold the masters.
    /// </summary>
    /// <remarks>
    /// Source: Micikevicius et al. 2017, arXiv 1710.03740, section 3.1. With <see cref="MemoryConfig.Lora"/> the frozen
    /// weights have no masters, and the adapters are kept in 32 bits.
    /// </remarks>
    BFloat16,

    /// <summary>
    /// As <see cref="BFloat16"/>, and the frozen matrices under <see cref="MemoryConfig.Lora"/> in 8 bits: 1.06 bytes a
    /// weight, and a model that is not quite the one that it was made from. What adapters add to is what is kept.
    /// </summary>
    EightBit,
}
