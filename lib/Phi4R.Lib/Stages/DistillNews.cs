using System.Text.Json.Serialization;
using Phi4R.Data;

namespace Phi4R.Stages;

/// <summary>What happened in a part of a distillation.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "news")]
[JsonDerivedType(typeof(TextCame), "text")]
[JsonDerivedType(typeof(SampledAgain), "again")]
[JsonDerivedType(typeof(ProblemDone), "done")]
internal abstract record DistillNews;

/// <summary>A text came, or could not be had.</summary>
/// <param name="Key">Names all that it depends on.</param>
/// <param name="Failure">Why there is none; null where there is one.</param>
internal sealed record TextCame(string Key, Completion Completion, string Server, string? Failure = null) : DistillNews
{
    /// <summary>Whether it is the teacher's, and no judge's.</summary>
    [JsonIgnore]
    public bool IsCompletion => Key.StartsWith($"{DistillWork.Completion}/", StringComparison.Ordinal);
}

/// <summary>A problem is sampled again, since no completion was right.</summary>
internal sealed record SampledAgain : DistillNews;

/// <summary>Nothing more is waited for of a problem.</summary>
internal sealed record ProblemDone(ProblemInFlight Asked) : DistillNews;
