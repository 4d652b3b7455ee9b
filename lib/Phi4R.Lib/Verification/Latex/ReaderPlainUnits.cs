using Phi4R.Verification.Comparisons;

namespace Phi4R.Verification.Latex;

/// <summary>Units that are written as letters of a formula.</summary>
internal sealed partial class Reader
{
    // 0.6 kg m s^{-1}: nothing but units set apart by spaces follows; in a rate one of them is per second.
    private bool ArePlain(bool rate)
    {
        var perSecond = false;
        for (var i = _at; _tokens[i].Kind != TokenKind.End; i++)
        {
            if (_tokens[i] is not
                {
                    Kind: TokenKind.Letter or TokenKind.Word or TokenKind.Text, Space: true, Text: var name,
                }
                || Unit.Find(name) is null)
            {
                return false;
            }

            if (_tokens[i + 1].Text != "^")
            {
                continue;
            }

            var braced = _tokens[i + 2].Text == "{";
            i += braced ? 3 : 2;
            var isNegative = _tokens[i].Text == "-";
            i += isNegative ? 1 : 0;
            if (_tokens[i].Kind != TokenKind.Number || (braced && _tokens[i + 1].Text != "}"))
            {
                return false;
            }

            i += braced ? 1 : 0;
            perSecond |= isNegative && name == "s";
        }

        return perSecond || !rate;
    }
}
