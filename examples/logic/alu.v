// An arithmetic and logic unit of four bits: the sum (op 0), the difference (1), AND (2) or XOR (3) of two numbers.
module alu (input [3:0] a, b, input [1:0] op, output [3:0] y, output carry, zero);
  wire [3:0] t = b ^ {op[0], op[0], op[0], op[0]};  // 1 complements b; 3 does too, which is not used then
  wire [4:0] c;
  wire [3:0] sum = a ^ t ^ c[3:0];
  assign c[0] = op[0];
  assign c[4:1] = a & t | c[3:0] & (a ^ t);
  assign y = op[1] ? (op[0] ? a ^ b : a & b) : sum;
  assign carry = c[4] & ~op[1];
  assign zero = ~|y;
endmodule
