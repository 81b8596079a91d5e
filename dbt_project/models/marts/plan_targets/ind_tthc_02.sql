{{ indicator_mart('TTHC-02', headline='valid_e_result') }}
