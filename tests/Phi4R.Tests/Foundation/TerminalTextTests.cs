using Phi4R.Foundation;

namespace Phi4R.Tests.Foundation;

public sealed class TerminalTextTests
{
    [Theory]
    [InlineData("\u001b[2J\u001b]0;title\u0007", "\\u001b[2J\\u001b]0;title\\u0007")]
    [InlineData("\u009b31m", "\\u009b31m")]
    [InlineData("a\0b\b\u007f", "a\\u0000b\\u0008\\u007f")]
    [InlineData("yes\rno", "yes\\u000dno")]
    [InlineData("\u202etxt\u202c \u2066x\u2069", "\\u202etxt\\u202c \\u2066x\\u2069")]
    public void What_a_terminal_would_obey_is_spelled_out(string written, string shown) =>
        Assert.Equal(shown, TerminalText.Inert(written));

    [Theory]
    [InlineData("")]
    [InlineData("two\n\tlines\r\nand three")]
    [InlineData("π ≈ 3, café, 数, 👩‍🔬, שלום")]
    public void What_a_terminal_shows_stays_as_it_is(string text) => Assert.Equal(text, TerminalText.Inert(text));

    [Fact]
    public void No_control_character_is_left()
    {
        var all = string.Concat(Enumerable.Range(0, 0xd800).Select(code => (char)code));
        Assert.DoesNotContain(TerminalText.Inert(all),
            letter => char.IsControl(letter) && letter is not ('\n' or '\t'));
    }
}
