using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Phi4R.Verification.Extraction;

namespace Phi4R.Data.Import;

/// <summary>A public set of problems or rollouts: its name, and what its fields mean.</summary>
/// <param name="Name">As it is known.</param>
/// <param name="Hub">Where it lies on the hub.</param>
/// <param name="Of">Reads a record.</param>
/// <remarks>
/// What maps to what. Sources: the sets' cards on the hub, read in November 2026. A level is stated by MATH alone
/// ("Level 5"); OpenThoughts3's difficulty of 1 to 10 becomes half of it, rounded up, and a solve rate, where no level
/// is stated, its fifth from the top: 0.8 and more is 1, less than 0.2 is 5.
/// <list type="table">
/// <item><term>OpenR1-Math-220k</term><description>uuid, problem, answer, problem_type, source; generations[] with
/// finish_reasons[] or is_reasoning_complete[], correctness_math_verify[], else
/// correctness_llama[]</description></item>
/// <item><term>OpenThoughts-114k, Bespoke-Stratos-17k</term><description>conversations[] {from, value} with marks of
/// thought; or problem, deepseek_reasoning, deepseek_solution, ground_truth_solution, domain,
/// source</description></item>
/// <item><term>OpenThoughts3</term><description>conversations[] {from, value}, difficulty, domain, source; a record for
/// each answer</description></item>
/// <item><term>s1K</term><description>question, solution, cot_type, source_type; thinking_trajectories[0] and
/// attempt</description></item>
/// <item><term>s1K-1.1</term><description>the same; deepseek_ and gemini_thinking_trajectory, _attempt, _grade
/// </description></item>
/// <item><term>LIMO</term><description>question, solution (the chain of thought), answer</description></item>
/// <item><term>NuminaMath-CoT</term><description>problem, source; the last box of solution</description></item>
/// <item><term>NuminaMath-1.5</term><description>problem, answer, problem_type, source; question_type,
/// problem_is_valid and solution_is_valid say what is of use</description></item>
/// <item><term>DeepScaleR</term><description>problem, answer</description></item>
/// <item><term>Big-Math</term><description>problem, answer, domain[], source, llama8b_solve_rate</description></item>
/// <item><term>GSM8K</term><description>question; of answer what stands behind ####</description></item>
/// <item><term>MATH</term><description>problem, level, type; the last box of solution</description></item>
/// </list>
/// </remarks>
internal sealed partial record PublicSet(string Name, string Hub, Func<JsonObject, SetRecord> Of)
{
    // A solution of a line is the answer itself, as s1K has it.
    private const int LongestBareAnswer = 200;

    /// <summary>All of them.</summary>
    public static IReadOnlyList<PublicSet> All { get; } =
    [
        new("OpenR1-Math-220k", "open-r1/OpenR1-Math-220k", record => Numina(record) with
        {
            Id = record.Text("uuid"),
            Answers = [.. record.Texts("generations").Select((text, i) => OpenR1(record, text, i))],
            Faults = record.NoLists("generations"),
        }),
        new("OpenThoughts-114k", "open-thoughts/OpenThoughts-114k", Conversation),
        new("OpenThoughts3", "open-thoughts/OpenThoughts3-1.2M", record => Conversation(record) with
        {
            Level = record.Number("difficulty") is >= 1 and <= 10 and var difficulty ? ((int)difficulty + 1) / 2 : null,
        }),
        new("Bespoke-Stratos-17k", "bespokelabs/Bespoke-Stratos-17k", Conversation),
        new("s1K", "simplescaling/s1K", record => S1(record, Thinker(record, null,
            record.ItemAt("thinking_trajectories", 0)?.ToString(), record.Text("attempt"), null))),
        new("s1K-1.1", "simplescaling/s1K-1.1", record => S1(record,
            [.. new[] { "deepseek", "gemini" }.SelectMany(who => Thinker(record, who,
                record.Text($"{who}_thinking_trajectory"), record.Text($"{who}_attempt"),
                record[$"{who}_grade"].Flag()))])),
        new("LIMO", "GAIR/LIMO", record => new()
        {
            Question = record.Text("question"),
            Reference = record.Text("answer"),
            Answers = [new(record.Text("solution"))],
        }),
        new("NuminaMath-CoT", "AI-MO/NuminaMath-CoT", record => Numina(record) with
        {
            Question = record.Text("problem") ?? record.Turn(ofUser: true),
            Reference = Boxed(record.Text("solution") ?? record.Turn(ofUser: false)),
        }),
        new("NuminaMath-1.5", "AI-MO/NuminaMath-1.5", Numina),
        new("DeepScaleR", "agentica-org/DeepScaleR-Preview-Dataset", record => Numina(record)),
        new("Big-Math", "SynthLabsAI/Big-Math-RL-Verified", record => Numina(record) with
        {
            Domain = record.Text("domain"),
            SolveRate = record.Number("llama8b_solve_rate") is >= 0 and <= 1 and var rate ? rate : null,
        }),
        new("GSM8K", "openai/gsm8k", record => new()
        {
            Question = record.Text("question"),
            Reference = Hashes().Match(record.Text("answer") ?? "") is { Success: true } last
                ? last.Groups[1].Value.Trim().Replace(",", "", StringComparison.Ordinal)
                : null,
        }),
        new("MATH", "EleutherAI/hendrycks_math", record => new()
        {
            Id = record.Text("unique_id", "id"),
            Question = record.Text("problem"),
            Reference = record.Text("answer") ?? Boxed(record.Text("solution")),
            Domain = record.Text("type", "subject"),
            Level = LevelOfFive().Match(record.Text("level", "difficulty") ?? "") is { Success: true } level
                ? level.Value[^1] - '0'
                : null,
        }),
        new(OwnRows.Name, "own/rows", OwnRows.Of),
    ];

    /// <summary>The set of a name: its own, or that on the hub, whatever the case and the signs between.</summary>
    /// <exception cref="ArgumentException">There is none; the message lists those there are.</exception>
    public static PublicSet Named(string name)
    {
        var bare = Bare(name);
        return All.FirstOrDefault(set => Bare(set.Name) == bare || Bare(set.Hub) == bare
                || Bare(set.Hub.Split('/')[1]) == bare)
            ?? throw new ArgumentException($"There is no reader for a set '{name}'. There are: "
                + $"{string.Join(", ", All.Select(set => set.Name))}.");
    }

    private static bool Is(string said, string word) => said.Trim().Equals(word, StringComparison.OrdinalIgnoreCase);

    private static string Bare(string name) => string.Concat(name.Where(char.IsLetterOrDigit)).ToLowerInvariant();

    private static SetRecord Numina(JsonObject record) => new()
    {
        Question = record.Text("problem"),
        Reference = record.Text("answer"),
        Domain = record.Text("problem_type"),
        Source = record.Text("source"),
        Unusable = record.Text("problem_is_valid") is { } valid && !Is(valid, "yes")
            ? "the set marks the problem as not valid (problem_is_valid)"
            : record.Text("solution_is_valid") is { } solved && !Is(solved, "yes")
                ? "the set marks the solution as not valid (solution_is_valid)"
                : record.Text("question_type") is { } kind && Is(kind, "proof")
                    ? "the set says that a proof is asked for (question_type)"
                    : null,
    };

    // A verdict of the verifier, or of the judge that was asked where the verifier said no.
    private static SetAnswer OpenR1(JsonObject record, string? text, int place)
    {
        var (rule, judge) = (record.ItemAt("correctness_math_verify", place).Flag(),
            record.ItemAt("correctness_llama", place).Flag());
        var isJudges = rule != true && judge is not null;
        return new SetAnswer(text)
        {
            Finished = record.ItemAt("finish_reasons", place)?.ToString() is { } reason
                ? reason == "stop"
                : record.ItemAt("is_reasoning_complete", place).Flag(),
            IsCorrect = isJudges ? judge : rule,
            Judge = isJudges ? "Llama-3.3-70B-Instruct" : "math_verify",
        };
    }

    private static SetRecord Conversation(JsonObject record)
    {
        var hasParts = record.ContainsKey("deepseek_reasoning");
        return new()
        {
            Question = hasParts
                ? record.Text("problem")
                : Instruction().Replace(record.Turn(ofUser: true) ?? "", ""),
            Reference = Boxed(record.Text("ground_truth_solution")),
            IsUsableWithoutReference = true,
            Domain = record.Text("domain"),
            Source = record.Text("source"),
            Answers =
            [
                hasParts
                    ? Thinker(record, null, record.Text("deepseek_reasoning"), record.Text("deepseek_solution"), null)
                        is [var only] ? only : new(null)
                    : new(record.Turn(ofUser: false)),
            ],
        };
    }

    private static SetRecord S1(JsonObject record, IReadOnlyList<SetAnswer> answers) => new()
    {
        Question = record.Text("question"),
        Reference = record.Text("solution") is { } solution
            ? Boxed(solution) ?? (solution.Length <= LongestBareAnswer && !solution.Trim().Contains('\n')
                ? solution
                : null)
            : null,
        IsUsableWithoutReference = true,
        Domain = record.Text("cot_type"),
        Source = record.Text("source_type"),
        Answers = answers,
    };

    private static IReadOnlyList<SetAnswer> Thinker(
        JsonObject record, string? who, string? thought, string? answer, bool? isCorrect) =>
        thought is null && answer is null && record.Count > 0
            ? []
            : [new SetAnswer(thought is null ? answer : answer is null ? null : ThoughtMarks.Thought(thought, answer))
            {
                IsCorrect = isCorrect,
                Judge = isCorrect is null ? null : "its grade",
                Style = who,
            }];

    private static string? Boxed(string? text) => text is null ? null : Boxes.Find(text)?.Answer;

    [GeneratedRegex(@"####\s*([^\n]+)\s*\z", RegexOptions.CultureInvariant)]
    private static partial Regex Hashes();

    [GeneratedRegex(@"\A\s*(?:Level\s+)?[1-5]\b", RegexOptions.CultureInvariant)]
    private static partial Regex LevelOfFive();

    // How the first of these sets asked for a box; the question is what follows.
    [GeneratedRegex(@"\A\s*Return your final response within \\boxed\{\}\.\s*", RegexOptions.CultureInvariant)]
    private static partial Regex Instruction();
}
