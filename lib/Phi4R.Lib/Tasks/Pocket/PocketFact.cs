using Phi4R.Foundation;

namespace Phi4R.Tasks.Pocket;

/// <summary>
/// One step of the pocket problems on its own, as the text <c>47+8=55;</c>: what a base model learns to count with.
/// </summary>
/// <remarks>A fact gives no benchmark or validation problem away: those have two steps or more.</remarks>
/// <param name="Left">What is asked, such as <c>12 mod 7</c>.</param>
public sealed record PocketFact(string Left, int Value)
{
    /// <summary>The fact as a step of a solution is written.</summary>
    public string Text => $"{Left}={Value};";

    /// <summary>A sum, a difference, a product, an exact quotient or a remainder, each as likely as the next.</summary>
    /// <param name="stream">Drives every draw.</param>
    public static PocketFact Draw(RandomStream stream)
    {
        var sign = stream.Pick("+-*/%".ToCharArray());
        var right = sign switch
        {
            '+' or '-' => stream.Next(1, 10),
            '%' => stream.Next(3, 10),
            _ => stream.Next(2, 10),
        };
        var left = sign switch
        {
            '+' => stream.Next(0, 100 - right),
            '-' => stream.Next(right, 100),
            '*' => stream.Next(0, (99 / right) + 1),
            '/' => stream.Next(0, (99 / right) + 1) * right,
            _ => stream.Next(0, 100),
        };
        return new PocketFact(Written(left, sign, right), PocketPuzzle.Exact(left, sign, right));
    }

    /// <summary>The left side of a step as text.</summary>
    internal static string Written(int left, char sign, int right) =>
        sign == '%' ? $"{left} mod {right}" : $"{left}{sign}{right}";
}
