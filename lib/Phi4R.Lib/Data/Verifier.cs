using Phi4R.Verification;

namespace Phi4R.Data;

/// <summary>Says whether a response answers a problem; whatever a model wrote, it never throws.</summary>
/// <param name="response">The whole text after the prompt.</param>
public delegate Verdict Verifier(Problem problem, string response);
