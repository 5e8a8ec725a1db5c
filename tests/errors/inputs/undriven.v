module m (input a, b, output y);
  wire carry;
  nand (y, a, cary);
  nor (carry, a, b);
endmodule
