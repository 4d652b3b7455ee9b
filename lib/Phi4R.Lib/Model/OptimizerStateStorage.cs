namespace Phi4R.Model;

/// <summary>Where and how what only the optimizer needs is kept: two moments of every weight, and masters.</summary>
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

    /// <summary>
    /// As <see cref="Host"/>, and so are the 32-bit masters of 16-bit weights: the device keeps the weights and the
    /// sums of their gradients, 6 bytes a weight. The same bits as on the device.
    /// </summary>
    HostWithMasters,
}
