using System.Text;
using Phi4R.Foundation;

namespace Phi4R.Tests.Foundation;

public sealed class TextLinesTests
{
    private readonly string _path = Path.Combine(Project.Scratch(), "lines.txt");

    // The framework's own reader is the oracle; lines of up to three buffers, and every pair of signs at a buffer's
    // edge.
    [Fact]
    public void Lines_are_those_that_the_framework_reads()
    {
        foreach (var seed in Enumerable.Range(0, 30))
        {
            var stream = Randomness.For(seed, "lines");
            var text = new StringBuilder();
            for (var i = 0; i < 40; i++)
            {
                text.Append('x', stream.Chance(0.1) ? 65_000 + stream.Next(1_000) : stream.Next(5))
                    .Append("\r\n\n\r\u00e9".AsSpan(stream.Next(4), 1 + stream.Next(2)));
            }

            File.WriteAllText(_path, text.ToString());
            Assert.Equal(File.ReadLines(_path), TextLines.Read(_path));
        }
    }

    [Fact]
    public void A_line_of_fifty_million_signs_is_refused_by_its_number()
    {
        File.WriteAllText(_path, "one\n" + new string('x', 50_000_000));
        var lines = TextLines.Read(_path).GetEnumerator();
        Assert.True(lines.MoveNext());
        Assert.Contains("line 2 has more than 16 million signs",
            Assert.Throws<InvalidDataException>(() => lines.MoveNext()).Message, StringComparison.Ordinal);
    }
}
