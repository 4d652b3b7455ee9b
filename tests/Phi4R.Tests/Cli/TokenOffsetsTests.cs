using System.Text;
using Phi4R.Cli;
using Phi4R.Text;

namespace Phi4R.Tests.Cli;

public sealed class TokenOffsetsTests
{
    // Worked out by hand. é is C3 A9, 中 is E4 B8 AD, 😀 is F0 9F 98 80; FF begins nothing, and after E0 80 cannot come.
    [Theory]
    [InlineData("61 C3A9 62", "0 1 2")]
    [InlineData("61 C3 A9 62", "0 1 1 2")]
    [InlineData("F09F 9880 62", "0 0 1")]
    [InlineData("F0 9F 98 80 62", "0 0 0 0 1")]
    [InlineData("E4 B8ADC3 A9 62", "0 0 1 2")]
    [InlineData("F09F 61 62", "0 1 2")]
    [InlineData("C3 C3 A9 61", "0 1 1 2")]
    [InlineData("E4 80 61", "0 0 1")]
    [InlineData("E0 80 61", "0 1 2")]
    [InlineData("FF 61", "0 1")]
    public void A_token_has_the_place_of_the_character_that_it_begins_or_goes_on_with(string tokens, string expected)
    {
        var offsets = new TokenOffsets();
        var found = tokens.Split(' ').Select(token => offsets.Add(Convert.FromHexString(token)));
        Assert.Equal(expected, string.Join(' ', found));
    }

    // The platform's own decoder says how many characters a text has, replacements included.
    [Fact]
    public void After_any_bytes_the_next_token_begins_where_the_decoded_text_ends()
    {
        var random = new Random(1);
        for (var round = 0; round < 2000; round++)
        {
            var offsets = new TokenOffsets();
            List<byte> all = [];
            for (var token = 0; token < 6; token++)
            {
                var bytes = new byte[random.Next(1, 4)];
                for (var i = 0; i < bytes.Length; i++)
                {
                    bytes[i] = (byte)(random.Next(3) == 0 ? random.Next(0x80) : random.Next(0x80, 0x100));
                }

                offsets.Add(bytes);
                all.AddRange(bytes);
            }

            Assert.Equal(Encoding.UTF8.GetString([.. all]).EnumerateRunes().Count(), offsets.Add("a"u8));
        }
    }

    [Fact]
    public void The_offsets_of_the_released_tokenizer_point_at_their_tokens()
    {
        const string Text = "naïve 数学 𝑥² = 😀🎉, so \\boxed{42}";
        var tokenizer = new Phi4MiniTokenizer();
        var offsets = new TokenOffsets();
        var runes = Text.EnumerateRunes().ToArray();
        var ids = tokenizer.Encode(Text);
        var whole = 0;
        foreach (var id in ids)
        {
            var at = offsets.Add(((ITokenizer)tokenizer).Bytes(id));
            var token = tokenizer.Decode([id]);
            if (!token.Contains('\uFFFD', StringComparison.Ordinal))
            {
                Assert.Equal(token, string.Concat(runes.Skip(at).Take(token.EnumerateRunes().Count())));
                whole++;
            }
        }

        Assert.InRange(whole, 10, ids.Length - 1); // Some characters are split between tokens.
    }
}
