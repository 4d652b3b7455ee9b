using Phi4R.Foundation;

namespace Phi4R.Tasks.Pocket;

/// <summary>A result that is wrong the way people are wrong: off by one, by ten, or by a few.</summary>
internal static class Slip
{
    /// <summary>Never <paramref name="result"/> itself, and within 0 and 99 where that is.</summary>
    public static int Draw(RandomStream stream, int result)
    {
        var size = stream.Next(3) switch
        {
            0 => 1,
            1 => 10,
            _ => stream.Next(2, 6),
        };
        var down = result - size >= 0 && (result + size > 99 || stream.Chance(0.5));
        return down ? result - size : result + size;
    }
}
