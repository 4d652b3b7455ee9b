using Phi4R.Model;

namespace Phi4R.Inference;

/// <summary>A generator whose weights training changes.</summary>
public interface IPolicyGenerator : IGenerator
{
    /// <summary>
    /// Takes over the weights of a policy; it is done when what is generated next is generated with them.
    /// </summary>
    /// <param name="version">What names these weights; completions carry it.</param>
    Task LoadAsync(LanguageModel policy, string version, CancellationToken cancel = default);

    /// <summary>Gives memory back until the next request.</summary>
    Task SleepAsync(CancellationToken cancel = default);
}
