using System.Text.RegularExpressions;
using Phi4R.Foundation;

namespace Phi4R.Tasks.Pocket;

/// <summary>
/// What happens to a number of things: <c>tom has 12 pens; buys 2 bags of 4; gives 5; how many pens ?</c>
/// </summary>
internal sealed partial record WordPuzzle(int Start, IReadOnlyList<WordPuzzle.Event> Events) : PocketPuzzle
{
    private const double BagShare = 0.3;

    private static readonly int[] EventsByLevel = [1, 2, 3, 5, 7];
    private static readonly string[] Names = ["tom", "sam", "anna"];
    private static readonly string[] Things = ["pens", "cups", "books"];

    // All bags that come to one digit, so that adding them is a step that the other families know.
    private static readonly (int Bags, int Size)[] BagSizes = [(2, 2), (2, 3), (2, 4), (3, 2), (3, 3), (4, 2)];

    public override string Domain => "word problems";

    public override string Canonical => $"{Start}{string.Concat(Events)}";

    public static WordPuzzle Draw(RandomStream stream, int level)
    {
        var (start, events) = (stream.Next(1, 100), new List<Event>());
        for (var value = start; events.Count < EventsByLevel[level - 1]; value = events[^1].Apply(value, Exact))
        {
            var (bags, size) = stream.Chance(BagShare) ? stream.Pick(BagSizes) : (1, stream.Next(1, 10));
            events.Add(new Event(Within(value, stream.Chance(0.5), bags * size).Sign, bags, size));
        }

        return new WordPuzzle(start, events);
    }

    public static WordPuzzle? ParseStem(string stem) => Pattern().Match(stem) is { Success: true } match
        ? new WordPuzzle(Number(match, 1), [.. EventPattern().Matches(match.Groups[2].Value).Select(Event.Parse)])
        : null;

    public override string Question(RandomStream stream)
    {
        var (name, things) = (stream.Pick(Names), stream.Pick(Things));
        return stream.Chance(0.5)
            ? $"{name} has {Start} {things};{Told("buys", "gives")} how many {things} ?"
            : $"{name} had {Start} {things};{Told("finds", "loses")} {things} left ?";

        string Told(string up, string down) =>
            string.Concat(Events.Select(happening => $" {happening.Told(up, down)};"));
    }

    public override int Solve(Calculate calculate) =>
        Events.Aggregate(Start, (value, happening) => happening.Apply(value, calculate));

    [GeneratedRegex("^[a-z]+ ha[sd] ([0-9]+) [a-z]+;((?: [a-z]+ [0-9](?: bags of [0-9])?;)+) (?:how many "
        + "[a-z]+|[a-z]+ left)$")]
    private static partial Regex Pattern();

    [GeneratedRegex("(buys|gives|finds|loses) ([0-9])(?: bags of ([0-9]))?")]
    private static partial Regex EventPattern();

    /// <summary>A gain or a loss of one thing after another, or of some bags of equal size.</summary>
    /// <param name="Bags">1 where there is no bag.</param>
    internal readonly record struct Event(char Sign, int Bags, int Size)
    {
        public static Event Parse(Match match) => new(
            match.Groups[1].Value is "buys" or "finds" ? '+' : '-',
            match.Groups[3].Success ? Number(match, 2) : 1,
            Number(match, match.Groups[3].Success ? 3 : 2));

        public int Apply(int value, Calculate calculate) =>
            calculate(value, Sign, Bags > 1 ? calculate(Bags, '*', Size) : Size);

        public string Told(string up, string down) =>
            $"{(Sign == '+' ? up : down)} {(Bags > 1 ? $"{Bags} bags of " : "")}{Size}";

        public override string ToString() => $"{Sign}{(Bags > 1 ? $"{Bags}*" : "")}{Size}";
    }
}
