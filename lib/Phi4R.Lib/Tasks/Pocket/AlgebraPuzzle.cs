using System.Text.RegularExpressions;
using Phi4R.Foundation;

namespace Phi4R.Tasks.Pocket;

/// <summary>Steps to undo: <c>x then *3 then +5 gives 26; find x</c>.</summary>
internal sealed partial record AlgebraPuzzle(IReadOnlyList<PocketOperation> Operations, int Result) : PocketPuzzle
{
    public override string Domain => "algebra";

    public override string Canonical => $"x{string.Concat(Operations)}={Result}";

    /// <summary>As many operations as the level, none of which only undoes the one before.</summary>
    public static AlgebraPuzzle Draw(RandomStream stream, int level)
    {
        var (value, operations) = (stream.Next(1, 60), new List<PocketOperation>());
        while (operations.Count < level)
        {
            var last = operations.LastOrDefault();
            var choices = Enumerable.Range(1, 9)
                .SelectMany(operand => "+-*/".Select(sign => new PocketOperation(sign, operand)))
                .Where(operation => Fits(value, operation)
                    && !(operation.Operand == last.Operand && operation.Sign == Inverse(last.Sign)))
                .ToLookup(operation => operation.Sign);
            var operation = stream.Pick([.. stream.Pick([.. choices])]);
            operations.Add(operation);
            value = Exact(value, operation.Sign, operation.Operand);
        }

        return new AlgebraPuzzle(operations, value);
    }

    public static AlgebraPuzzle? ParseStem(string stem) => Pattern().Match(stem) is { Success: true } match
        ? new AlgebraPuzzle(ParseOperations(match.Groups[1].Value), Number(match, 2))
        : null;

    public override string Question(RandomStream stream)
    {
        var steps = string.Concat(Operations.Select(operation => $" then {operation}"));
        return stream.Chance(0.5) ? $"x{steps} gives {Result}; find x" : $"if x{steps} gives {Result} what is x ?";
    }

    public override int Solve(Calculate calculate) => Operations.Reverse()
        .Aggregate(Result, (value, operation) => calculate(value, Inverse(operation.Sign), operation.Operand));

    private static bool Fits(int value, PocketOperation operation) => operation.Sign switch
    {
        '*' => value > 0 && operation.Operand > 1 && value * operation.Operand <= 99,
        '/' => value > 0 && operation.Operand > 1 && value % operation.Operand == 0,
        _ => Exact(value, operation.Sign, operation.Operand) is >= 0 and <= 99,
    };

    private static char Inverse(char sign) => sign switch
    {
        '+' => '-',
        '-' => '+',
        '*' => '/',
        _ => '*',
    };

    [GeneratedRegex("^(?:if )?x((?: then [-+*/][0-9])+) gives ([0-9]+)(?:; find x| what is x)?$")]
    private static partial Regex Pattern();
}
