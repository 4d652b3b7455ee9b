// O outputs, I inputs, r rank.
using Phi4R.Native;
using TorchSharp.Modules;

namespace Phi4R.Model;

/// <summary>What is learned beside a frozen matrix W: y = x W^T + (alpha / r) (x A^T) B^T.</summary>
/// <param name="A">[r, I] in 32 bits, whatever the matrix is kept in.</param>
/// <param name="B">[O, r] in 32 bits.</param>
/// <param name="Scale">alpha / r.</param>
internal sealed record LowRankAdapter(Parameter A, Parameter B, double Scale)
{
    /// <summary>What is added to what the matrix says; computed in the type of what comes in.</summary>
    /// <param name="x">[..., I].</param>
    /// <returns>[..., O].</returns>
    public Tensor Of(Tensor x) =>
        nn.functional.linear(nn.functional.linear(x, A.to_type(x.dtype)) * RootedScalar.Of(Scale), B.to_type(x.dtype));

    /// <summary>[O, I] in 32 bits: what is added to the matrix when the adapter is merged.</summary>
    public Tensor Difference() => B.mm(A) * RootedScalar.Of(Scale);
}
