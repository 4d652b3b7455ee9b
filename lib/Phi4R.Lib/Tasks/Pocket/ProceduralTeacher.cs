using Phi4R.Data;
using Phi4R.Foundation;

namespace Phi4R.Tasks.Pocket;

/// <summary>
/// Solves pocket problems step by step, with the slips, gaps, loops and cuts of a teacher that is a model.
/// </summary>
/// <remarks>
/// It reads the question, not the reference answer, and every number it writes comes from the number before, so a slip
/// carries on to the box. A correct answer: <c>&lt;think&gt;66/6=11; 11*4=44; &lt;/think&gt;\boxed{44}</c>.
/// </remarks>
public sealed class ProceduralTeacher(ProceduralTeacherConfig config) : ITeacher
{
    /// <summary>The style of bare steps.</summary>
    public const string Terse = "terse";

    /// <summary>A word before each step.</summary>
    public const string Lead = "lead";

    /// <summary>The last step said again at the end.</summary>
    public const string Check = "check";

    // Repeats from which on a teacher never gets out of the loop.
    private const int Stuck = 4;
    private const int MostRepeats = 6;

    private static readonly string[] Styles = [Terse, Lead, Check];
    private static readonly string[] LeadWords = ["so", "then", "now", "next"];

    private readonly double[] _styleWeights = config.TerseWeight + config.LeadWeight + config.CheckWeight > 0
        ? [config.TerseWeight, config.LeadWeight, config.CheckWeight]
        : throw new ArgumentException("TerseWeight, LeadWeight and CheckWeight are all 0; one must be above.");

    /// <inheritdoc/>
    /// <exception cref="ArgumentException">
    /// The question is in none of the pocket wordings; the message quotes it.
    /// </exception>
    public IReadOnlyList<Completion> Answer(Problem problem, int count, RandomStream stream)
    {
        var puzzle = PocketProblems.PuzzleOf(problem);
        var answers = new Completion[count];
        for (var i = 0; i < count; i++)
        {
            answers[i] = Answer(puzzle, stream);
        }

        return answers;
    }

    private Completion Answer(PocketPuzzle puzzle, RandomStream stream)
    {
        var style = Styles[stream.PickWeighted(_styleWeights)];
        var (steps, value) = Work(puzzle, style, stream);

        if (stream.Chance(config.RepetitionRate) && steps.Count > 0)
        {
            var (place, repeats) = (stream.Next(steps.Count), stream.Next(2, MostRepeats + 1));
            steps.InsertRange(place, Enumerable.Repeat(steps[place], repeats - 1));
            if (repeats >= Stuck)
            {
                return Written($"<think>{string.Join(' ', steps.Take(place + repeats))}", style, FinishReason.Length);
            }
        }

        if (stream.Chance(config.TruncationRate))
        {
            return Written($"<think>{Cut(steps, stream)}", style, FinishReason.Length);
        }

        var thought = string.Concat(steps.Select(step => $"{step} "));
        return Written($@"<think>{thought}</think>\boxed{{{value}}}", style, FinishReason.Stop);
    }

    private static Completion Written(string text, string style, FinishReason finish) =>
        new() { TokenIds = [], Text = text, Style = style, Finish = finish };

    // What is written, and the value that it comes to.
    private (List<string> Steps, int Value) Work(PocketPuzzle puzzle, string style, RandomStream stream)
    {
        List<string> steps = [];
        var last = "";
        var value = puzzle.Solve(Step);
        if (style == Check && last.Length > 0)
        {
            steps.Add($"check {last} ok;");
        }

        return (steps, value);

        // Every step of every family comes through here.
        int Step(int left, char sign, int right)
        {
            if (stream.Chance(config.SkipRate))
            {
                return left;
            }

            var exact = PocketPuzzle.Exact(left, sign, right);
            var slipped = stream.Chance(config.SlipRate);
            var result = slipped ? Slip.Draw(stream, exact) : exact;
            var lead = style == Lead ? $"{stream.Pick(LeadWords)} " : "";
            Write(lead, result);
            if (slipped && stream.Chance(config.NoticeRate))
            {
                result = exact;
                Write("wait ", result);
            }

            return result;

            void Write(string before, int after)
            {
                last = $"{PocketFact.Written(left, sign, right)}={after}";
                steps.Add($"{before}{last};");
            }
        }
    }

    // Whole steps, then one up to its equals sign.
    private static string Cut(List<string> steps, RandomStream stream)
    {
        if (steps.Count == 0)
        {
            return "";
        }

        var whole = stream.Next(steps.Count);
        var cut = steps[whole];
        return string.Join(' ', [.. steps.Take(whole), cut[..(cut.LastIndexOf('=') + 1)]]);
    }
}
