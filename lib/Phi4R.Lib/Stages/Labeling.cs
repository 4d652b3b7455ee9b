using System.Text.Json;
using System.Text.Json.Nodes;
using Phi4R.Data;
using Phi4R.Verification.Extraction;

namespace Phi4R.Stages;

/// <summary>The labels of a problem: its domain and its level of schooling, each known or unknown.</summary>
/// <remarks>Source: arXiv 2504.21233, section on data, which names the five levels and five of the domains.</remarks>
internal static class Labeling
{
    /// <summary>What stands where nobody knows the domain.</summary>
    public const string Unknown = Problem.UnknownDomain;

    // What readers of files put where a file does not say.
    private static readonly string[] Unsaid = ["", "mathematics", "math", "maths", Unknown];

    private static readonly string[] Levels = ["elementary", "middle school", "high school", "college", "graduate"];

    private static readonly string[] Domains =
    [
        "algebra", "geometry", "number theory", "combinatorics", "probability", "statistics", "calculus",
        "linear algebra", "logic", "arithmetic", "other",
    ];

    /// <summary>The problem with what its set says; what it does not say is unknown.</summary>
    public static Problem OfSet(Problem problem) => problem with
    {
        Domain = Unsaid.Contains(problem.Domain.Trim(), StringComparer.OrdinalIgnoreCase) ? Unknown : problem.Domain,
        Level = problem.Level is >= 1 and <= 5 ? problem.Level : 0,
    };

    /// <summary>Whether a model is asked for the labels.</summary>
    public static bool IsWanted(Problem problem) => problem.Domain == Unknown || problem.Level == 0;

    /// <summary>
    /// The problem with what a model says where its set said nothing; null where the answer is not the JSON that was
    /// asked for, with a domain and a level of the lists.
    /// </summary>
    public static Problem? With(Problem problem, Completion answer)
    {
        if (answer.Finish != FinishReason.Stop || Parse(AnswerExtraction.AfterThinking(answer.Text)) is not { } said
            || Word(said, "domain") is not { } domain || Array.IndexOf(Domains, domain) < 0
            || Word(said, "level") is not { } name || Array.IndexOf(Levels, name) is not (>= 0 and var level))
        {
            return null;
        }

        return problem with
        {
            Domain = problem.Domain == Unknown ? domain : problem.Domain,
            Level = problem.Level == 0 ? level + 1 : problem.Level,
        };
    }

    private static string? Word(JsonObject said, string field) =>
        said[field] is JsonValue value && value.TryGetValue<string>(out var word) ? word.ToLowerInvariant() : null;

    // Models like to put a fence around it.
    private static JsonObject? Parse(string? text)
    {
        var line = text?.Trim() ?? "";
        if (line.StartsWith("```", StringComparison.Ordinal) && line.EndsWith("```", StringComparison.Ordinal)
            && line.IndexOf('\n') is >= 0 and var start && line.Length - 3 > start)
        {
            line = line[start..^3].Trim();
        }

        try
        {
            return JsonNode.Parse(line, documentOptions: new() { AllowDuplicateProperties = false }) as JsonObject;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
