namespace Phi4R.Model;

/// <summary>Where and how the optimizer's two moments of every weight are kept.</summary>
public enum OptimizerStateStorage
{
    /// <summary>In 32 bits beside the weights: 8 bytes a weight.</summary>
    Device,

    /// <summary>
    /// In 32 bits in the host's memory; they pass through the device a part at a time. The same bits as on the device.
    /// </summary>
    Host,

    /// <summary>
    /// In 8 bits beside the weights: 2.03 bytes a weight, and updates that differ from those of 32 bits by rounding.
    /// </summary>
    /// <remarks>Source: Dettmers et al. 2021, arXiv 2110.02861.</remarks>
    EightBit,
}
