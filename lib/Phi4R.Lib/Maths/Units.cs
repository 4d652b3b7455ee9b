namespace Phi4R.Maths;

/// <summary>The units behind two answers.</summary>
internal static class Units
{
    /// <summary>Whether two units exclude each other: cm and m do, and so do cm^2 and cm^3; where one side states no unit or no power, none is compared.</summary>
    public static bool Differ(string? gold, string? answer)
    {
        if (gold is null || answer is null)
        {
            return false;
        }

        var (a, b) = (gold.Split('^', 2), answer.Split('^', 2));
        var different = Vocabulary.Units.TryGetValue(a[0], out var first) && Vocabulary.Units.TryGetValue(b[0], out var second) && first != second && IsMeasure(first) && IsMeasure(second);
        return different || (a.Length == 2 && b.Length == 2 && a[1] != b[1]);
    }

    private static bool IsMeasure(string unit) => unit is not ("unit" or "square" or "cubic" or "per" or "sq");
}
