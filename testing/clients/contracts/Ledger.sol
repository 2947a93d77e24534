// SPDX-License-Identifier: MIT OR Apache-2.0
pragma solidity ^0.8.28;

/// What a Ledger creates.
contract Leaf {
    uint256 public immutable number;

    constructor(uint256 number_) {
        number = number_;
    }
}

/// What the client tests need of a contract: storage, an event, both kinds of revert, a payable call, CREATE2.
contract Ledger {
    error NotOwner(address caller);

    event Noted(address indexed by, uint256 indexed key, uint256 value);

    address public immutable owner;
    mapping(uint256 => uint256) public notes;

    constructor(uint256 first) payable {
        owner = msg.sender;
        notes[0] = first;
    }

    function note(uint256 key, uint256 value) external {
        require(value != 0, "value must not be zero");
        notes[key] = value;
        emit Noted(msg.sender, key, value);
    }

    function sweep(address payable to) external {
        if (msg.sender != owner) revert NotOwner(msg.sender);
        to.transfer(address(this).balance);
    }

    function spawn(bytes32 salt) external returns (address) {
        return address(new Leaf{salt: salt}(1));
    }

    receive() external payable {}
}
